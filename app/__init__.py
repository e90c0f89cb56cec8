"""Hitchpost: tracked one-to-one mail through your own server, and a contact timeline you own."""

__version__ = "0.1.0"
