"""How a run ended: what was done, what failed, what was left out, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mcflow.cli.render.board import DONE
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import plural, seconds, wrap
from mcflow.model.plan import Step

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome

_SHOWN = 10
_WORDS = {"apply": "Apply", "import": "Import", "destroy": "Destroy", "rollback": "Rollback"}


def outcome_lines(outcome: Outcome, mode: str, width: int = 100) -> Iterator[Line]:
    """The final words of apply and destroy."""
    yield from _headline(outcome, mode)
    failed = [step for step, _ in outcome.failed]
    for steps, said, style, note in (
        (failed, "failed", "red", "  (why: above)"), (outcome.unfinished, "still open", "yellow", "  (the next run settles them)"),
        (outcome.skipped, "not done", "yellow", ""), (outcome.not_undone, "not undone", "red", "  (why: above)"),
    ):
        named = _named(steps)
        if named:
            first, *more = wrap(_some(named) + note, width - 14)
            yield (Span(f"{f'{len(named):,} {said}:':<14}", style), first)
            yield from ((" " * 14 + line,) for line in more)
    if not outcome.ok:
        yield ()
        yield from ((line,) for line in wrap(_next(outcome, mode), width))


def _headline(outcome: Outcome, mode: str) -> Iterator[Line]:
    word = _WORDS.get(mode, "Run")
    title, style = {
        "done": (f"{word} complete", "bold green"), "nothing": (f"{word} complete", "bold green"),
        "partial": (f"{word} was done in part", "bold yellow"), "failed": (f"{word} failed", "bold red"),
        "interrupted": (f"{word} was interrupted", "bold yellow"),
    }.get(outcome.status, (f"{word} ended", "bold"))
    undone = f"; undone again: {counted(outcome.undone)}" if outcome.undone else ""
    yield (Span(title, style), f" in {seconds(outcome.seconds)}: {_did(outcome)}{undone}.")


def _did(outcome: Outcome) -> str:
    known = [f"{count:,} {word}" for count, word in ((outcome.imported, "imported"), (outcome.moved, "moved")) if count]
    did = ", ".join(filter(None, [*known, counted(outcome.done)]))
    return did or ("nothing has ended yet" if outcome.unfinished else "nothing was changed")


def _next(outcome: Outcome, mode: str) -> str:
    mode = "state rollback" if mode == "rollback" else mode
    if not outcome.state_saved:
        return "The state could not be written in full. Free the disk or mend the store, then run `mcflow plan`: it settles what is open."
    if outcome.undone and not outcome.not_undone and outcome.status == "failed":
        return f"What this run did is undone, and the state is as it was. Mend what failed and run `mcflow {mode}` again."
    if outcome.status == "interrupted":
        return f"Everything done so far is recorded. Run `mcflow {mode}` again: it settles what is still open and goes on."
    return f"Everything that was done is recorded. Mend what failed and run `mcflow {mode}` again: it does only what is left."


def counted(done: Sequence[Step]) -> str:
    """``12 created, 1 changed, 2 destroyed``, by objects: the several steps of one count once."""
    made = {step.address for step in done if step.verb == "create"}
    seen: dict[str, set[str]] = {}
    for step in done:
        if not (step.verb == "update" and (step.purpose or step.address in made)):
            seen.setdefault(step.verb, set()).add(step.address)
    return ", ".join(f"{len(seen[verb]):,} {DONE[verb]}" for verb in ("create", "update", "delete", "forget") if verb in seen)


def _named(steps: Sequence[Step]) -> list[str]:
    return list(dict.fromkeys(f"{step.verb} {step.address}" for step in steps if step.verb not in ("record", "decide")))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {plural(len(names) - _SHOWN, 'more', 'more')}" if len(names) > _SHOWN else shown
