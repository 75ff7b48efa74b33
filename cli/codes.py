"""Exit codes. They are promised: scripts depend on them."""

from __future__ import annotations

OK = 0
ERROR = 1
CHANGES = 2
"""Changes are present; only with --detailed-exitcode."""
PARTIAL = 3
"""Applied in part; the state is saved."""
CREDENTIALS = 4
LOCKED = 5
REFUSED = 6
"""Refused by policy or protection."""
USAGE = 64
INTERRUPTED = 130
