"""Real and scripted servers, a private desktop bus, a display and a keyring for tests."""
