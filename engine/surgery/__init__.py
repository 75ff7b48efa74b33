"""Surgery: what people do to a state by hand, each change an audited run under the lease, written through the ordinary journal.

Belongs here: moving and forgetting records, documents pulled and pushed, differences between states, rolling back, repairing what
damage left, moving a whole state to another store, and looking at its lock. Changing clouds does not: a rollback is a plan, and apply
walks it.
"""
