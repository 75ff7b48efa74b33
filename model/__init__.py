"""The nouns of mcflow: addresses, values, diagnostics, events, plans, records.

Data and pure functions over them belong here. Anything that reads a file, calls a cloud, knows the time or imports another
room of mcflow does not.
"""
