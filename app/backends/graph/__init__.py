"""Sending by Microsoft Graph, for organisations that have switched authenticated SMTP off. Used by services."""

from app.backends.graph.sender import GraphSender, open_graph

__all__ = ["GraphSender", "open_graph"]
