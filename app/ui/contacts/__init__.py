"""Contacts: the table of people, and each one's timeline of messages."""
