"""Inboxes: a card each with its state, its numbers and what to do about it."""
