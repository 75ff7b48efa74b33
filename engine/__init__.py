"""The engine: one module (or folder) per stage, and `api`, the only door for faces.

Re-entrant: no globals, no working-directory assumptions; clock, randomness, events and cancellation are arguments (`ports`).
Knows no cloud: everything about one comes through `mcflow.drivers.sdk`.
"""
