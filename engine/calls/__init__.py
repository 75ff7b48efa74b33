"""Calls to clouds: what one is, where it runs, how fast, when again, and how its failure reads.

Belongs here: everything that planning's reads, applying and recovery share about calling a handler. What a call is for does not.
"""
