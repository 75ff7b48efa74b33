"""Answering selectors from the catalog: the newest image, the cheapest spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.sdk import Chosen, Unsuitable
from mcflow.model.values import Value


def arch_of(value: Value) -> str:
    """The architecture that an image or spec, or a selector of one, stands for; empty where it is not known."""
    if isinstance(value, dict):
        return str(value.get("arch") or "")
    found = (catalog.image(value) or catalog.spec(value)) if isinstance(value, str) else None
    return found.arch if found else ""


def newest_image(selector: Any, spec: Value) -> Chosen:
    """The newest published image that fits the selector, of the spec's architecture where that is known, else x86_64."""
    wanted = {key: str(value) for key, value in selector.items() if value is not None}
    wanted.setdefault("arch", arch_of(spec) or "x86_64")
    fitting = [image for image in catalog.IMAGES if all(getattr(image, key) == value for key, value in wanted.items())]
    if not fitting:
        asked = " ".join(wanted.values())
        there = ", ".join(sorted({f"{image.os} {image.version} ({image.arch})" for image in catalog.IMAGES}))
        raise Unsuitable("image", f"no image fits {asked}", f"there are {there}")
    best = max(fitting, key=lambda image: (image.published, image.id))
    return Chosen(best.id, "table", f"{best.os} {best.version} {best.arch}, published {best.published}")


def is_such_image(id: Value, selector: Any) -> bool:
    """True if it is a published image that fits the selector."""
    found = catalog.image(id) if isinstance(id, str) else None
    return found is not None and all(getattr(found, key) == str(value) for key, value in (selector or {}).items() if value is not None)


def is_such_spec(specs: tuple[catalog.Spec, ...], name: Value, selector: Any) -> bool:
    """True if it is a spec with at least what the selector asks for."""
    return any(spec.name == name and _fits(spec, selector) for spec in specs)


def machine_spec(selector: Any, image: Value) -> Chosen:
    """The cheapest machine that fits, of the image's architecture (x86_64 where neither that nor the selector says)."""
    arch = arch_of(image) or arch_of(selector) or "x86_64"
    return cheapest(catalog.SPECS, selector, "spec", lambda spec: spec.arch == arch)


def cheapest(specs: tuple[catalog.Spec, ...], selector: Any, property: str,
             accept: Callable[[catalog.Spec], bool] = lambda spec: True) -> Chosen:
    """The cheapest spec with at least what the selector asks for. Machines with GPUs only for those who ask."""
    fitting = [spec for spec in specs if _fits(spec, selector) and accept(spec)]
    if not fitting:
        asked = ", ".join(f"{key} {value}" for key, value in (selector or {}).items() if value is not None)
        raise Unsuitable(property, f"no spec fits {asked}", f"the largest is {max(specs, key=lambda spec: spec.vcpus).name}")
    best = min(fitting, key=lambda spec: (spec.price, spec.vcpus, spec.memory_gib, spec.name))
    return Chosen(best.name, "table", f"{best.vcpus} vcpus, {best.memory_gib} GiB, ${best.price:.3f}/h, the cheapest that fits")


def _fits(spec: catalog.Spec, selector: Any) -> bool:
    wanted = {key: value for key, value in (selector or {}).items() if value is not None}
    ceiling = wanted.get("max_price")
    return bool(
        spec.vcpus >= wanted.get("vcpus", 0) and spec.memory_gib >= wanted.get("memory_gib", 0) and spec.gpus >= wanted.get("gpus", 0)
        and (not spec.gpus or wanted.get("gpus")) and spec.arch == wanted.get("arch", spec.arch)
        and (ceiling is None or spec.price <= ceiling))
