"""Contacts, companies, deals and users on screen."""
