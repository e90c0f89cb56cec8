"""Where passwords are kept: the system keyring, or an encrypted file with a passphrase. Never plain text.

`choose.choose_secret_store` gives a `protocol.SecretStore`; the dialog that offers the encrypted file takes
`file_store.FileSecrets` and `choose.secrets_path`."""
