"""The connection wizard, which Reconnect uses, too."""
