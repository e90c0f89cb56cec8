"""The search among all logged messages."""
