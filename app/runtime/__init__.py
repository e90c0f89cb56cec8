"""Threads, and the façade that screens talk to. QtCore only; every thread is born here and ends here."""
