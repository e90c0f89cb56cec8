"""The mail world of `hitchpost demo`: real IMAP and SMTP servers, and people who answer. Used by `cli`."""
