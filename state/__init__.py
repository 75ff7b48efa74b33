"""State: what mcflow knows to exist. A snapshot and an append-only journal; snapshot = fold(journal).

Belongs here: the journal's records, folding, snapshots, leases, history, sealing, and the stores and keys behind them. Planning,
calling clouds and deciding what a record means for a person do not.
"""
