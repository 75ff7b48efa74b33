"""Where the keys come from that seal secrets: environment, file, keyring."""
