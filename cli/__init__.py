"""The command line. Commands call `mcflow.engine.api` and render what it returns; nothing is decided here."""
