"""The suite's own rules: skips need a name that exists and a reason; what a case leaves out fails unless it is skipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcflow.conformance import Case, Change, Scene, Subject, checks
from mcflow.conformance.scenes import _Released
from mcflow.conformance.subject import Lowered
from mcflow.drivers.sdk.lowering import Lowering

REASON = "this cloud has no such thing, and none is planned by its makers"


def _never(scratch: Path) -> Any:
    raise AssertionError("nothing is opened to list checks")


SUBJECT = Subject(driver="mock", open=_never, scene=Scene({}), cases=[
    Case("vpc", "net", {"net": {"type": "vpc"}}, updates=[Change("internet", {"internet": False})], removable="vpc"),
])


def test_every_case_and_every_scene_becomes_checks() -> None:
    names = [check.name for check in checks(SUBJECT)]
    assert len(names) == len(set(names))
    assert {"create_and_destroy[vpc]", "tags[vpc]", "update[vpc-internet]", "gone[vpc]", "replace[vpc]", "drift[vpc]"} <= set(names)
    assert {"killed_while_creating", "lost_replies", "many_of_one_type", "lowering_key_renamed"} <= set(names)


def test_what_a_case_leaves_out_fails_unless_it_is_skipped() -> None:
    left_out = next(check for check in checks(SUBJECT) if check.name == "replace[vpc]")
    with pytest.raises(AssertionError, match="says nothing about 'replace'"):
        left_out.run(Path())
    skipped = replace(SUBJECT, skips={"replace[vpc]": REASON})
    assert next(check for check in checks(skipped) if check.name == "replace[vpc]").skip == REASON


def test_a_skip_of_a_kind_holds_for_all_types() -> None:
    skipped = replace(SUBJECT, skips={"tags": REASON})
    assert [check.name for check in checks(skipped) if check.skip] == ["tags[vpc]"]


@pytest.mark.parametrize(("skips", "complaint"), [
    ({"killed_while_sleeping": REASON}, "no check"), ({"update[subnet-cidr]": REASON}, "no check"), ({"tags": "later"}, "reason"),
])
def test_skips_are_honest(skips: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        checks(replace(SUBJECT, skips=skips))


def test_a_pretended_release_renames_a_key_and_says_what_it_was() -> None:
    out = Lowering("net", "cloud")
    parts = (out.address, out.connection, out.natives, out.exports, out.privates)
    released = _Released(*parts, lowered=Lowered("vpc", "gateway"), rename="door")
    gateway = released.native("gateway", "mock.internet_gateway")
    other = released.native("vpc", "mock.vpc", cidr_block="10.0.0.0/16")
    assert [(native.key, native.formerly) for native in out.natives] == [("door", ("gateway",)), ("vpc", ())]
    assert gateway.id.native == "net/door"
    assert other.want == {"cidr_block": "10.0.0.0/16"}
