"""Small dialogs of several screens: passphrase, confirmation, link."""
