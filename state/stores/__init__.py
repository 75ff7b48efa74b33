"""Where states are kept. One module a store; only these may import a cloud's or database's SDK, by name through a registry."""
