"""Help: every error that is known here, with its cause and remedy, searched by a pasted message or by words."""
