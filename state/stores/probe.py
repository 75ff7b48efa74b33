"""Does the store keep its conditions? Tried before the first lease of every handle, as everything rests on it: one of many creates wins."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

from mcflow.model.diagnostic import Rejected, reject
from mcflow.state.stores.entry import ZERO
from mcflow.state.stores.objects import Objects


def probe(objects: Objects) -> str:
    """Create one key twice at once and once more; returns the key, which `shown` must find in a listing. Rejected (MC0747) if more than
    one create is let through or the bytes read are not those of the one that was.
    """
    key = f"probe/{secrets.token_hex(12)}"
    datas = [f"{ZERO}{number}{secrets.token_hex(8)}".encode() for number in range(3)]
    with ThreadPoolExecutor(2, thread_name_prefix="mcflow-probe") as pool:
        made = list(pool.map(lambda data: objects.create(key, data), datas[:2]))
    made.append(objects.create(key, datas[2]))
    if sum(made) > 1:
        raise _refused(objects, key, "it lets a second writer replace what it promised to create only once")
    found = objects.read(key)
    # A client that asks again by itself may be told that its own object is there already: then no create says that it won.
    winners = [data for data, won in zip(datas, made, strict=True) if won] or datas[:2]
    if found not in winners:
        raise _refused(objects, key, "it does not show what was just written")
    return key


def shown(objects: Objects, key: str, keys: set[str]) -> None:
    """The listing made after the probe must show it. Rejected (MC0747)."""
    if key not in keys:
        raise _refused(objects, key, "its listings leave out what was just written")


def _refused(objects: Objects, key: str, problem: str) -> Rejected:
    return reject("MC0747", place=objects.place, problem=problem)
