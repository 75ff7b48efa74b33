"""Discovery: what there is in a connection, whose it is, and how it becomes a blueprint and a state, or goes.

Belongs here: listing, comparing with the state, the text of what was found, adopting it, destroying it. Pure but for `listing` (which reads
the cloud), `adoption` and `removal` (which write the state).
"""
