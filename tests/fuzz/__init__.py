"""Readers of what strangers send, fed with whatever there is."""
