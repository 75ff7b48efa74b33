"""bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.portable.wants import label
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.model.values import Value

READABLE = ".r:*"
"""Everybody may read the objects, and nobody may list them."""
METHODS = {"DELETE", "GET", "HEAD", "POST", "PUT"}
TAG = re.compile(r"[A-Za-z0-9-]{1,110}")
LONGEST = 256
"""Bytes of a value of metadata."""


@lowers("bucket")
def lower_bucket(want: Want, out: Lowering) -> None:
    """bucket → openstack.container. Whether what is in it is encrypted is the cloud's matter, and it tells nobody."""
    _refuse(want)
    container = out.native("container", "openstack.container", stem=label(want), name=want.name, force_destroy=want.force_destroy,
                           versions_enabled=True if want.versioning else None, read_acl=READABLE if want.public is True else None,
                           **_cors(want.cors or []), tags=_tags(want))
    out.export(id=container.id, name=container.name, url=container.url, endpoint=container.endpoint)


def _refuse(want: Want) -> None:
    name = want.name
    if isinstance(name, str) and ("/" in name or len(name.encode()) > LONGEST):
        raise Unsuitable("name", f"Swift takes names of up to {LONGEST} bytes without /", "choose another name")
    if want.lifecycle:
        raise Unsuitable("lifecycle", "Swift deletes by itself only objects that were put there with a time of their own (X-Delete-After)",
                         "leave lifecycle out, and say the time when an object is put there")


def _cors(rules: list[Mapping[str, Any]]) -> dict[str, Value]:
    """The one rule that a container has. It lets a page do all that its user may, and send any header."""
    if not rules:
        return {}
    if len(rules) > 1:
        raise Unsuitable("cors", f"a container of Swift has one rule, not {len(rules)}", "write one rule with all origins")
    rule = rules[0]
    if set(rule["methods"]) != METHODS:
        raise Unsuitable("cors", "Swift lets a page that may use a container do all that its user may",
                         f"name all methods ({', '.join(sorted(METHODS))})")
    if rule.get("headers") not in (None, ["*"]):
        raise Unsuitable("cors", "Swift lets a page send any header", "say headers: [\"*\"], or leave headers out")
    return {"cors_allow_origin": rule["origins"], "cors_expose_headers": rule.get("expose_headers"),
            "cors_max_age": rule.get("max_age_seconds")}


def _tags(want: Want) -> dict[str, Any] | None:
    for key, value in want.tags.items():
        if not TAG.fullmatch(key):
            raise Unsuitable("tags", f"Swift keeps tags as headers, so a key is letters, digits and hyphens, not {key!r}",
                             "write the key with those")
        if isinstance(value, str) and len(value.encode()) > LONGEST:
            raise Unsuitable("tags", f"Swift takes values of up to {LONGEST} bytes, and that of {key!r} is longer", "write less")
    return dict(want.tags) or None
