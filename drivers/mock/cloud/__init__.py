"""The simulated service: objects, rules, ledger, faults. It knows nothing of mcflow's engine, only what a cloud's API would be told.

Belongs here: what the cloud stores, refuses, delays and loses. Native types, lowerings and sessions do not.
"""
