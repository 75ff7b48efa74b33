"""One module per command, imported only when that command runs. Each has ``command``, a click command."""
