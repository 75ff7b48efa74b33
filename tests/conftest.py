"""What holds for every test: property tests try the same cases each time, unless MCFLOW_EXPLORE asks for new ones."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("MCFLOW_EXPLORE") or os.environ.get("MCFLOW_LIVES") else "steady")
