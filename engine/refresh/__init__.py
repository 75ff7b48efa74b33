"""Refreshing: what is really there of everything in the state, in bulk.

Belongs here: reading and comparing with what was recorded. What to do about a difference is the plan's business.
"""

from mcflow.engine.refresh.changed import needed
from mcflow.engine.refresh.refresh import Refreshed, refresh

__all__ = ["Refreshed", "needed", "refresh"]
