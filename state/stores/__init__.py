"""Stores: where a state's documents are kept. One module each; a cloud's or database's SDK may be imported here and nowhere else in state.

What a record or a snapshot means does not belong here: a store moves bytes, durably and one writer at a time.
"""
