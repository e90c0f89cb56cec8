"""The compose page: writing, what can be measured before it goes out, sending with undo."""
