"""What hypothesis draws lives from, and a failing one written down as a test."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hypothesis import strategies as st
from tests.fuzz.life import Act, Case
from tests.fuzz.things import KINDS, Thing

POINTS = ["before intent", "intent durable", "call returned", "identified durable", "done durable"]
FAULTS = ["", "lost_reply: 0.2", "lost_request: 0.15, throttle: 0.1", "error: 0.2, lost_reply: 0.1"]

_picks = st.lists(st.integers(0, 4), max_size=2).map(tuple)
_things = st.builds(
    Thing, kind=st.sampled_from(KINDS), content=st.integers(0, 2), fixed=st.integers(0, 1), uses=_picks, relates=_picks,
    first=st.booleans())
_kills = st.lists(st.tuples(st.sampled_from(POINTS), st.integers(1, 6)), max_size=2).map(tuple)
_acts = st.builds(
    Act, version=st.integers(0, 2), mode=st.sampled_from(["apply", "apply", "apply", "destroy", "refresh"]), kills=_kills,
    way=st.sampled_from(["", "", "targets", "excludes", "replace"]), chosen=_picks, refresh=st.sampled_from(["all", "all", "none"]),
    on_failure=st.sampled_from(["continue", "continue", "stop", "rollback"]),
    hand=st.none() | st.tuples(st.sampled_from(["vanish", "alter"]), st.integers(0, 9)),
)
cases = st.builds(
    Case, versions=st.lists(st.lists(_things, max_size=7).map(tuple), min_size=1, max_size=3).map(tuple),
    acts=st.lists(_acts, min_size=1, max_size=4).map(tuple), faults=st.sampled_from(FAULTS), seed=st.integers(0, 1000))


def write_test(case: Case, folder: Path, reason: str) -> Path:
    """A test that lives this case; returns where it is."""
    body = repr(case)
    digest = hashlib.sha256(body.encode()).hexdigest()[:10]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"test_life_{digest}.py"
    first = reason.strip().splitlines()[0][:100] if reason.strip() else "it failed"
    path.write_text(
        f'"""A life that once went wrong: {first!r}."""\n\n'
        "from tests.fuzz.life import Act, Case, live\nfrom tests.fuzz.things import Thing\n\n"
        f"CASE = {body}\n\n\ndef test_life_{digest}() -> None:\n    live(CASE)\n")
    return path
