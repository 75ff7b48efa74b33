"""What holds for every test: nothing is kept in the user's cache, and property tests try the same cases each time, unless MCFLOW_EXPLORE
asks for new ones."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("MCFLOW_EXPLORE") or os.environ.get("MCFLOW_LIVES") else "steady")

# Answers of catalogs are kept there by those who run the program, and no test may find another's.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="mcflow-cache-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)
