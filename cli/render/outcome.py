"""How a run ended: what was done, what failed, what was left out, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mcflow.cli.render.board import DONE
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import plural, seconds
from mcflow.model.plan import Plan, Step

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome

_SHOWN = 10
_WORDS = {"apply": "Apply", "destroy": "Destroy"}


def outcome_lines(outcome: Outcome, plan: Plan | None, mode: str, took: float) -> Iterator[Line]:
    """The final words of apply and destroy."""
    word = _WORDS.get(mode, "Run")
    steps = {step.id: step for step in plan.steps} if plan else {}
    done = _counted(_steps(outcome.done, steps))
    failed = [_name(step, steps) for step, _ in outcome.failed]
    skipped = [_name(step, steps) for step in outcome.skipped]
    yield from _headline(outcome.status, word, done, took)
    if failed:
        yield (Span(f"{plural(len(failed), 'step')} failed: ", "red"), _some(failed), Span("  (why: above)", "dim"))
    if skipped:
        yield (Span(f"{plural(len(skipped), 'step')} not done: ", "yellow"), _some(skipped))
    if outcome.status != "done":
        yield ()
        yield from _next(outcome.status, mode)


def _headline(status: str, word: str, done: str, took: float) -> Iterator[Line]:
    titles = {
        "done": (f"{word} complete", "bold green"), "partial": (f"{word} went in part", "bold yellow"),
        "failed": (f"{word} failed", "bold red"), "interrupted": (f"{word} was interrupted", "bold yellow"),
    }
    title, style = titles.get(status, (f"{word} ended", "bold"))
    yield (Span(title, style), f" in {seconds(took)}: {done or 'nothing was to be done'}.")


def _next(status: str, mode: str) -> Iterator[Line]:
    if status == "interrupted":
        yield (f"Everything done so far is recorded. Run `mcflow {mode}` again: it settles what was still open and goes on.",)
    elif status == "partial":
        yield (f"The state has everything that was done. Mend what failed and run `mcflow {mode}` again: it does only what is left.",)
    else:
        yield (f"The state is saved. Mend what failed and run `mcflow {mode}` again.",)


def _steps(done: Any, steps: dict[str, Step]) -> list[Step]:
    if isinstance(done, int):
        return []
    return [step if isinstance(step, Step) else steps[step] for step in done if isinstance(step, Step) or step in steps]


def _counted(done: Sequence[Step]) -> str:
    """``12 created, 1 changed, 2 destroyed``, by objects: the several steps of one count once."""
    seen: dict[str, set[str]] = {}
    made = {step.address for step in done if step.verb == "create"}
    for step in done:
        if not (step.verb == "update" and (step.purpose or step.address in made)):
            seen.setdefault(step.verb, set()).add(step.address)
    counts = Counter({verb: len(addresses) for verb, addresses in seen.items()})
    return ", ".join(f"{counts[verb]:,} {DONE[verb]}" for verb in ("create", "update", "delete", "forget") if counts[verb])


def _name(step: Any, steps: dict[str, Step]) -> str:
    known = step if isinstance(step, Step) else steps.get(step)
    if known is None:
        return str(step)
    return f"{known.verb} {known.address}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown
