"""The sealer that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mcflow.model.diagnostic import reject
from mcflow.state.keys.chain import Chain, Reference
from mcflow.state.keys.finding import KEYS, VARIABLE
from mcflow.state.keys.service import SERVICES, open_service
from mcflow.state.sealing import Sealer

FORMS = "env:NAME, file:PATH, keyring:SERVICE/NAME, passphrase:…, age:IDENTITY_FILE, awskms:KEY, user"


def sealer(
    reference: str | None, environ: Mapping[str, str], user_config: Path | None, context: str = "", *, previous: Sequence[str] = (),
    remote: bool = False,
) -> Sealer:
    """A sealer whose keys are looked up on first use. Without a reference: MCFLOW_STATE_KEY if set, else the user's own key file.

    ``context`` is ``<name>/<environment>``; ``previous`` are the keys before; ``remote``: the state is shared, so that the user's own
    key will not do (MC0765 on first use). Rejected at once (MC0734) for a reference that names no kind of place.
    """
    chosen = parse(reference or (f"env:{VARIABLE}" if environ.get(VARIABLE) else "user"), environ, user_config)
    if remote and chosen.kind == "user":
        chosen = Reference(chosen.kind, chosen.place, "MC0765")
    name, _, environment = context.rpartition("/")
    earlier = [parse(one, environ, user_config) for one in previous]
    return Sealer(Chain(chosen, earlier, environ, user_config, name, environment), context)


def parse(reference: str, environ: Mapping[str, str], user_config: Path | None) -> Reference:
    """A reference taken apart. Rejected (MC0734)."""
    kind, _, place = reference.partition(":")
    if (kind not in KEYS and kind not in SERVICES) or (kind == "user") != (not place):
        # Only the kind is repeated: a key given by mistake instead of its place must not be printed.
        shown = kind if kind in KEYS or kind in SERVICES else "what is written"
        raise reject("MC0734", reference=shown, known=FORMS)
    if kind in SERVICES:
        open_service(kind, place, environ, user_config)
    return Reference(kind, place)
