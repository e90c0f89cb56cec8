"""Where passwords are kept: the system keyring, or an encrypted file with a passphrase. Never plain text.

Services and bootstrap take `choose_secret_store` and the `SecretStore` protocol from here; the dialog that offers the
encrypted file takes `FileSecrets` and `secrets_path`."""

from app.secrets.choose import choose_secret_store, secrets_path
from app.secrets.file_store import FileSecrets
from app.secrets.protocol import NoUsableKeyring, PassphraseNeeded, SecretStore

__all__ = [
    "FileSecrets",
    "NoUsableKeyring",
    "PassphraseNeeded",
    "SecretStore",
    "choose_secret_store",
    "secrets_path",
]
