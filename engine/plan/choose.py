"""Choosing: selectors (an image by name, a spec by size, any zone) become values through the catalog, once, and are pinned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.drivers.sdk import Driver, DriverError, Session, Unsuitable, Want
from mcflow.engine.plan.canonical import Fingerprint, canonical
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.model.record import Pin
from mcflow.model.values import Handle, Value, contains_unknown
from mcflow.model.wire import Seal, Unseal, decode, encode


class Choosing:
    """Pins what selectors choose. ``repick`` holds addresses of resources whose pins are released."""

    def __init__(self, findings: Findings, seal: Seal, unseal: Unseal, fingerprint: Fingerprint, now: Callable[[], float],
                 repick: frozenset[str]) -> None:
        self._findings = findings
        self._seal = seal
        self._unseal = unseal
        self._fingerprint = fingerprint
        self._now = now
        self._repick = repick

    def choose(self, instance: Instance, driver: Driver, session: Session, want: Callable[[], Want]) -> None:
        """Replace every selector of the instance by what its pin or the chooser says, and remember the pins."""
        for (type, name), chooser in driver.choosers.items():
            if type != instance.block.type:
                continue
            selector = _at(instance.properties, name)
            if isinstance(selector, Handle | list) or (isinstance(selector, str) and (type, name) not in driver.worded):
                continue
            if contains_unknown(selector):
                if not _is_unknown_scalar(selector):
                    self._findings.say("MC0615", self._path(instance, name), address=instance.address, property=name)
                continue
            pin = self._pinned(instance, name, selector) or self._offered(instance, name, selector, driver, session, want)
            pin = pin or self._pick(instance, name, selector, chooser, session, want())
            if pin is not None:
                instance.pins[name] = pin
                _put(instance.properties, name, decode(pin.value, self._unseal))

    def _pinned(self, instance: Instance, name: str, selector: Value) -> Pin | None:
        pin = instance.record.pins.get(name) if instance.record else None
        if pin is None or instance.address in self._repick or instance.block.name in self._repick:
            return None
        return pin if pin.selector == canonical(selector, self._fingerprint) else None

    def _offered(self, instance: Instance, name: str, selector: Value, driver: Driver, session: Session,
                 want: Callable[[], Want]) -> Pin | None:
        """What an imported object has, if it is what the selector asks for; where a driver cannot tell, if it is what would be chosen."""
        have = instance.offered.get(name)
        if have is None:
            return None
        accept = driver.acceptors.get((instance.block.type, name))
        try:
            if accept is not None:
                fits = accept(session, have, selector, want())
            else:
                chosen = None if selector is None else driver.choosers[instance.block.type, name](session, selector, want())
                fits = selector is None or have == (selector if chosen is None else chosen.value)
        except (Unsuitable, DriverError):
            # Choosing says what is wrong, in a moment.
            return None
        if not fits:
            self._findings.say("MC0665", self._path(instance, name), address=instance.address, property=name, have=have)
            return None
        return Pin(canonical(selector, self._fingerprint), encode(have, self._seal), self._now(), "what the imported object has")

    def _pick(self, instance: Instance, name: str, selector: Value, chooser: Any, session: Session, want: Want) -> Pin | None:
        try:
            chosen = chooser(session, selector, want)
        except Unsuitable as refusal:
            refuse(self._findings, instance, refusal)
            return None
        except DriverError as error:
            self._findings.say("MC0616", self._path(instance, name), address=instance.address, property=name, message=error.message)
            return None
        if chosen is None:
            return None
        note = f"{chosen.note} ({chosen.source})" if chosen.note else chosen.source
        if chosen.note:
            said = f"{chosen.value}, {chosen.note}" if isinstance(chosen.value, str) else chosen.note
            self._findings.say("MC0617", self._path(instance, name), address=instance.address, property=name, note=said)
        return Pin(canonical(selector, self._fingerprint), encode(chosen.value, self._seal), self._now(), note)

    @staticmethod
    def _path(instance: Instance, name: str) -> tuple[str | int, ...]:
        base: tuple[str | int, ...] = (*instance.block.path, "properties")
        first = name.partition(".")[0]
        return (*base, first) if isinstance(instance.block.properties, Mapping) and first in instance.block.properties else base


def refuse(findings: Findings, instance: Instance, refusal: Unsuitable) -> None:
    """This cloud cannot honour a property: a finding at that property."""
    path: tuple[str | int, ...] = (*instance.block.path, "properties")
    if refusal.property:
        path = (*path, *refusal.property.split("."))
    findings.say("MC0618", path, address=instance.address, connection=instance.connection, property=refusal.property or instance.block.type,
                 message=refusal.message, remedy=refusal.remedy or "Change the property, or use another connection.")


def _at(properties: Mapping[str, Value], name: str) -> Value:
    """A property, or with a dot what lies in one; None where it is absent."""
    outer, _, inner = name.partition(".")
    value = properties.get(outer)
    if not inner:
        return value
    return value.get(inner) if isinstance(value, dict) else None


def _put(properties: dict[str, Value], name: str, value: Value) -> None:
    """Another value there; what it lies in is copied first, as it may be written elsewhere too."""
    outer, _, inner = name.partition(".")
    held = properties.get(outer)
    properties[outer] = {**(held if isinstance(held, dict) else {}), inner: value} if inner else value


def _is_unknown_scalar(value: Value) -> bool:
    return not isinstance(value, dict | list)
