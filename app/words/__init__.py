"""Sentences for people, one table a union, complete by test. Used by screens and the command line."""
