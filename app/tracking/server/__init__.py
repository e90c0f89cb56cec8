"""The tracking server: an ASGI application that answers pictures and links, keeps hits and tells them on."""
