"""Raw calls: checked before they are sent, reads only unless allowed, writes journalled, secrets covered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.operate.conftest import Place

from mcflow.drivers.sdk import RawAnswer
from mcflow.engine import api
from mcflow.engine.operate.raw import MASK, RawCall, covered
from mcflow.engine.options import ApplyOptions
from mcflow.model.diagnostic import Rejected


def call(place: Place, service: str, operation: str, parameters: dict[str, Any] | None = None, **more: Any) -> Any:
    options = more.pop("options", ApplyOptions())
    return api.raw_call(place.project(), RawCall("cloud", service, operation, parameters or {}, **more), options).data


def test_names_are_listed_and_described(place: Place) -> None:
    assert {"name": "instance"} in api.raw_names(place.project(), "cloud")
    listed = api.raw_names(place.project(), "cloud", "instance")
    assert [(each["name"], each["effect"]) for each in listed][:3] == [("describe", "read"), ("search", "read"), ("create", "write")]
    told = api.raw_operation(place.project(), "cloud", "instance", "Describe")
    assert [(each["path"], each["required"]) for each in told["parameters"]] == [("ids", True)]


def test_a_read_with_a_query(place: Place) -> None:
    assert call(place, "instance", "search", query="length(objects)") == 2
    assert place.audited() == [("apply", "done")], "a read is nobody's business"


@pytest.mark.parametrize(("service", "operation", "more", "code", "suggestion"), [
    ("instanze", "search", {}, "MC1055", "instance"), ("instance", "serch", {}, "MC1055", "search"),
    ("instance", "describe", {"parameters": {"idz": []}}, "MC1057", "ids"), ("instance", "describe", {}, "MC1057", None),
    ("instance", "describe", {"parameters": {"ids": "x"}}, "MC1057", None),
    ("instance", "delete", {"parameters": {"id": "x"}}, "MC1058", None),
    ("instance", "search", {"query": "objects[.id"}, "MC1059", None), ("instance", "search", {"all_pages": True}, "MC1061", None),
    ("instance", "search", {"query": "abs('x')"}, "MC1059", None),
])
def test_what_is_wrong_is_told_before_anything_is_sent(
    place: Place, service: str, operation: str, more: dict[str, Any], code: str, suggestion: str | None,
) -> None:
    before = len(place.session.cloud.ledger())
    with pytest.raises(Rejected) as refused:
        call(place, service, operation, **more)
    assert (refused.value.diagnostics[0].code, refused.value.diagnostics[0].suggestion) == (code, suggestion)
    assert len(place.session.cloud.ledger()) == before


def test_a_write_is_journalled_and_sent_once(place: Place) -> None:
    made = call(place, "bucket", "create", {"attributes": {"name": "by-hand"}}, write=True, options=ApplyOptions(reason="ticket 4711"))
    assert made["id"]
    assert place.audited()[-1] == ("raw bucket create", "done")
    assert api.audit(place.project())[0]["reason"] == "ticket 4711"
    assert place.open_operations() == []


def test_a_write_that_may_have_happened_is_not_sent_again(place: Place) -> None:
    place.session.cloud.store.set_settings({"faults": {"lost_reply": 1.0}})
    with pytest.raises(Rejected) as refused:
        call(place, "bucket", "create", {"attributes": {"name": "by-hand"}}, write=True)
    place.session.cloud.store.set_settings({})
    assert refused.value.diagnostics[0].code == "MC1041"
    assert len(place.session.cloud.search("bucket")) == 1
    assert place.audited()[-1] == ("raw bucket create", "failed")


def test_a_write_that_was_killed_is_told(place: Place) -> None:
    def killing(room: str, point: str) -> None:
        if room == "operate":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(place, "bucket", "create", {"attributes": {"name": "by-hand"}}, write=True, options=ApplyOptions(probe=killing))
    again = RawCall("cloud", "bucket", "create", {"attributes": {"name": "other"}}, write=True)
    told = api.raw_call(place.project(), again, ApplyOptions())
    assert [finding.code for finding in told.findings] == ["MC1040"]
    assert "connection cloud" in told.findings[0].message


def test_secrets_are_covered_by_model_and_by_name() -> None:
    answer = RawAnswer({
        "SecretString": "a", "NextToken": "t", "SecretArn": "arn", "Users": [{"Password": "b", "Name": "kim"}], "Value": "c",
        "Credentials": {"SecretAccessKey": "d", "AccessKeyId": "e"}, "PasswordPolicy": "long", "Items": {"x": {"Code": "f"}}, "Empty": "",
    }, (("Value",), ("Items", "*", "Code"), ("Empty",), ("Absent", "*", "x")))
    assert covered(answer) == {
        "SecretString": MASK, "NextToken": "t", "SecretArn": "arn", "Users": [{"Password": MASK, "Name": "kim"}], "Value": MASK,
        "Credentials": {"SecretAccessKey": MASK, "AccessKeyId": "e"}, "PasswordPolicy": "long", "Items": {"x": {"Code": MASK}}, "Empty": "",
    }
