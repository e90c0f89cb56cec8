"""The adapters against real servers and scripted ones."""
