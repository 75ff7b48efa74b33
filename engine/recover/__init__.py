"""Recovery: what becomes of operations that an earlier run left open in the journal.

Belongs here: ``look``, which only reads and serves a plan; ``finish``, which settles them under a lease through the same life that a
step of a plan has; ``sweep``, which looks for marks of ours, and ``prove``, which does so for what a run touched. How a create, update
or delete goes on is told in `mcflow.engine.apply`.
"""

from mcflow.engine.recover.finish import Finished, finish
from mcflow.engine.recover.look import look
from mcflow.engine.recover.sweep import prove, sweep

__all__ = ["Finished", "finish", "look", "prove", "sweep"]
