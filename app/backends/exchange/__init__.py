"""Exchange Web Services of on-premises servers, by exchangelib. `open_exchange` gives a signed-in ExchangeSession,
`open_exchange_sending` an ExchangeSender, `find_exchange` the address of somebody's server."""

from app.backends.exchange.autodiscover import find_exchange
from app.backends.exchange.opening import open_exchange, open_exchange_sending
from app.backends.exchange.sender import ExchangeSender
from app.backends.exchange.session import ExchangeSession

__all__ = [
    "ExchangeSender",
    "ExchangeSession",
    "find_exchange",
    "open_exchange",
    "open_exchange_sending",
]
