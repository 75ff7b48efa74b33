"""Answering selectors from the catalog: the newest image, the cheapest spec."""

from __future__ import annotations

from typing import Any

from mcflow.drivers.mock.selling import CATALOG
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Reader, Unsuitable, reader_of
from mcflow.drivers.sdk.selecting import choose_image, choose_spec, image_fits, spec_fits
from mcflow.model.values import Value


def arch_of(reader: Reader, value: Value) -> str:
    """The architecture that an image or spec, or a selector of one, stands for; empty where it is not known."""
    if isinstance(value, dict):
        return str(value.get("arch") or "")
    if not isinstance(value, str):
        return ""
    known = {image.id: image.architecture for image in reader.read("images").items}
    known |= {spec.name: spec.architecture for spec in reader.read("specs").items}
    return str(known.get(value, ""))


def newest_image(api: MockSession, selector: Any, spec: Value) -> Chosen:
    """The newest published image that fits the selector, of the spec's architecture where that is known, else x86_64."""
    reader = reader_of(api, CATALOG)
    wanted = {key: str(value) for key, value in selector.items() if value is not None}
    wanted.setdefault("arch", arch_of(reader, spec) or "x86_64")
    best, answer, _ = choose_image(reader, wanted, wanted["arch"])
    if best is None:
        there = ", ".join(sorted({f"{image.os} {image.version} ({image.architecture})" for image in answer.items}))
        raise Unsuitable("image", f"no image fits {' '.join(wanted.values())}", f"there are {there}")
    return Chosen(best.id, answer.source, f"{best.os} {best.version} {best.architecture}, published {best.created}")


def is_such_image(api: MockSession, id: Value, selector: Any) -> bool:
    """True if it is a published image that fits the selector."""
    images = reader_of(api, CATALOG).read("images").items
    return any(image.id == id and image_fits(image, selector or {}) for image in images if isinstance(id, str))


def is_such_spec(api: MockSession, of: str, name: Value, selector: Any) -> bool:
    """True if it is a spec with at least what the selector asks for."""
    asked = selector or {}
    specs = reader_of(api, CATALOG).read("specs").items
    return any(spec.of == of and spec.name == name and spec_fits(spec, asked, arch=str(asked.get("arch") or "")) for spec in specs)


def machine_spec(api: MockSession, selector: Any, image: Value) -> Chosen:
    """The cheapest machine that fits, of the image's architecture (x86_64 where neither that nor the selector says)."""
    arch = arch_of(reader_of(api, CATALOG), image) or str((selector or {}).get("arch") or "") or "x86_64"
    return choose_spec(reader_of(api, CATALOG), selector or {}, arch=arch, place=api.region)


def database_spec(api: MockSession, selector: Any) -> Chosen:
    """The cheapest database size that fits."""
    return choose_spec(reader_of(api, CATALOG), selector or {}, of="database", place=api.region)
