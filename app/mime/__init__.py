"""Reading and writing messages: pure functions, bytes and text in, frozen values out. Never raises on bad mail."""
