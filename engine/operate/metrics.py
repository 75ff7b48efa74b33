"""What the clouds measured of the natives behind an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcflow.drivers.sdk import Driver, Series, Subject, Window
from mcflow.engine.calls.asking import read
from mcflow.engine.operate.target import Target, observed, targets
from mcflow.engine.project import Project
from mcflow.engine.surgery.locate import nearest
from mcflow.model.diagnostic import Diagnostic, reject

__all__ = ["Measured", "Series", "Window", "is_measured", "metrics"]

_MOST_POINTS = 1440
_STEPS = (60, 300, 900, 3600, 21600, 86400)
_WANTED_POINTS = 60


@dataclass(frozen=True)
class Measured:
    """Series of one native each; ``subject`` is its address. ``window``: what was asked for, seconds."""

    series: tuple[Series, ...]
    window: Window
    findings: tuple[Diagnostic, ...] = ()


def metrics(project: Project, address: str, *, span: float, step: float | None = None, names: Sequence[str] = ()) -> Measured:
    """The last ``span`` seconds, a value for each ``step`` (None: about sixty values); ``names``: only these metrics. Takes no lease.

    Raises Rejected: MC1031 where nothing is measured, MC1035 for a metric that nothing there has.
    """
    reading = project.workspace.read()
    sessions = project.sessions(reading.state)
    window = _window(project.ports.clock.now(), span, step)
    try:
        found = targets(project, reading.state, sessions, [address], "be measured", is_measured)
        _check_names(found, names)
        series: list[Series] = []
        for members in _groups(found):
            live = members[0].live
            telemetry = live.driver.telemetry
            assert telemetry is not None
            subjects = [Subject(each.record.address, each.record.type, each.record.id, observed(project, reading.state, each.record))
                        for each in members]
            told = members[0]
            series += read(live, project.ports, lambda: list(telemetry.metrics(live.session, subjects, names, window)),  # noqa: B023 - now
                           about=told.address, type=told.record.type)
    finally:
        sessions.close()
    order = {each.record.address: at for at, each in enumerate(found)}
    series.sort(key=lambda each: order.get(each.subject, 0))
    return Measured(tuple(series), window, tuple(reading.findings))


def is_measured(driver: Driver, type: str) -> bool:
    """Whether the driver measures anything of objects of the type."""
    return driver.telemetry is not None and bool(driver.telemetry.measures(type))


def _window(now: float, span: float, step: float | None) -> Window:
    """Whole steps, so that equal questions have equal answers."""
    size = round(step) if step else next((each for each in _STEPS if span / each <= _WANTED_POINTS), _STEPS[-1])
    size = max(size, 1)
    if span / size > _MOST_POINTS:
        raise reject("MC1037", points=f"{span / size:.0f}", most=_MOST_POINTS)
    end = now // size * size
    return Window(end - max(span, size), end, size)


def _check_names(found: Sequence[Target], names: Sequence[str]) -> None:
    known = list(dict.fromkeys(
        name for each in found if each.live.driver.telemetry for name in each.live.driver.telemetry.measures(each.record.type)))
    for name in names:
        if name not in known:
            raise reject("MC1035", metric=name, known=", ".join(known), suggestion=nearest(name, known))


def _groups(found: Sequence[Target]) -> list[list[Target]]:
    """By connection: a driver answers for all types in one go."""
    groups: dict[str, list[Target]] = {}
    for each in found:
        groups.setdefault(each.live.name, []).append(each)
    return list(groups.values())
