"""Security group rules: one spelling, what differs, and how a set of them is settled call by call."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack.native.rules import canonical, canonical_rules, differences, rules_of
from mcflow.drivers.openstack.native.security import SecurityGroup
from mcflow.drivers.sdk import AccessDenied, Again, AlreadyExists, NotFound, Submitted

GROUP = SecurityGroup()
WEB = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
OUT4, OUT6 = {"direction": "egress", "ethertype": "IPv4"}, {"direction": "egress", "ethertype": "IPv6"}


def row(id: str, **rule: Any) -> dict[str, Any]:
    """A rule as Neutron shows it: with everything it has not."""
    empty = {"protocol": None, "port_range_min": None, "port_range_max": None, "remote_ip_prefix": None, "remote_group_id": None,
             "remote_address_group_id": None, "normalized_cidr": None, "description": None}
    return {"id": id, "security_group_id": "g-1", **empty, **rule}


@pytest.mark.parametrize(("said", "plain"), [
    ({"direction": "ingress"}, {"direction": "ingress", "ethertype": "IPv4"}),
    ({"direction": "ingress", "remote_ip_prefix": "0.0.0.0/0", "description": ""}, {"direction": "ingress", "ethertype": "IPv4"}),
    ({"direction": "ingress", "remote_ip_prefix": "::/0"}, {"direction": "ingress", "ethertype": "IPv6"}),
    ({"direction": "ingress", "remote_ip_prefix": "10.0.0.5/8"},
     {"direction": "ingress", "ethertype": "IPv4", "remote_ip_prefix": "10.0.0.0/8"}),
    ({"direction": "ingress", "protocol": "6"}, {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp"}),
    ({"direction": "ingress", "protocol": "any"}, {"direction": "ingress", "ethertype": "IPv4"}),
    ({"direction": "ingress", "protocol": "icmp", "remote_ip_prefix": "2001:db8::/32"},
     {"direction": "ingress", "ethertype": "IPv6", "protocol": "ipv6-icmp", "remote_ip_prefix": "2001:db8::/32"}),
])
def test_rules_have_one_spelling(said: dict[str, Any], plain: dict[str, Any]) -> None:
    assert canonical(said) == plain
    assert canonical(plain) == plain


def test_a_rule_said_twice_counts_once_and_what_is_no_list_of_rules_stays() -> None:
    assert canonical_rules([WEB, {**WEB, "remote_ip_prefix": "0.0.0.0/0"}]) == [WEB]
    assert canonical_rules("all") == "all"


def test_a_group_that_names_itself_says_self() -> None:
    assert rules_of([row("r-1", **OUT4, remote_group_id="g-1")], "g-1")[0]["remote_group_id"] == "self"


def test_differences() -> None:
    present = rules_of([row("r-1", **WEB), row("r-2", **OUT4), row("r-3", **OUT6)], "g-1")
    assert differences([WEB, OUT4, OUT6], present) == ([], [])
    assert differences([WEB], present) == ([], ["r-2", "r-3"])
    assert differences([WEB, OUT4, OUT6, {**WEB, "port_range_max": 90}], present) == ([{**WEB, "port_range_max": 90}], [])
    assert differences([{**WEB, "description": "web"}, OUT4, OUT6], present) == ([], ["r-1"]), "it must go before it comes again"
    assert differences(None, present) == ([], ["r-1", "r-2", "r-3"])
    twice = rules_of([row("r-1", **WEB), row("r-2", **WEB, remote_ip_prefix="0.0.0.0/0")], "g-1")
    assert len(differences([WEB], twice)[1]) == 1


def test_a_set_is_settled_one_call_at_a_time() -> None:
    rules = [row("r-2", **OUT4), row("r-3", **OUT6)]

    def add(body: Any, params: Any) -> Any:
        rules.extend(row(f"r-{len(rules) + 2}", **rule) for rule in body["security_group_rules"])
        return {"security_group_rules": []}

    api = StubSession({
        "GET network /security-groups/g-1": lambda body, params: {"security_group": {"id": "g-1", "security_group_rules": list(rules)}},
        "POST network /security-group-rules": add,
        "DELETE network /security-group-rules/r-2": lambda body, params: rules.pop(0),
        "DELETE network /security-group-rules/r-3": lambda body, params: rules.pop(0),
    })
    want = {"security_group_rules": [WEB, {**WEB, "remote_group_id": "self"}]}
    answers = [GROUP.update(api, "g-1", want, {}, "rules") for _ in range(4)]
    assert [type(answer) for answer in answers] == [Again, Again, Again, Submitted]
    (asked, body), *withdrawn = api.changes
    assert asked == "POST network /security-group-rules", "both at once"
    assert [rule.get("remote_group_id") for rule in body["security_group_rules"]] == [None, "g-1"]
    assert [asked for asked, _ in withdrawn] == [f"DELETE network /security-group-rules/r-{number}" for number in (2, 3)]


def test_a_rule_that_somebody_else_was_quicker_with_is_looked_for_again() -> None:
    api = StubSession({
        "GET network /security-groups/g-1": {"security_group": {"id": "g-1", "security_group_rules": []}},
        "POST network /security-group-rules": AlreadyExists("there", code="SecurityGroupRuleExists")})
    assert isinstance(GROUP.update(api, "g-1", {"security_group_rules": [WEB]}, {}, "rules"), Again)
    api.answers["POST network /security-group-rules"] = AlreadyExists("no", code="Other")
    with pytest.raises(AlreadyExists):
        GROUP.update(api, "g-1", {"security_group_rules": [WEB]}, {}, "rules")


def test_a_rule_that_another_project_made_cannot_be_withdrawn() -> None:
    rules = [row("r-1", **WEB)]
    api = StubSession({
        "GET network /security-groups/g-1": lambda body, params: {"security_group": {"id": "g-1", "security_group_rules": list(rules)}},
        "DELETE network /security-group-rules/r-1": NotFound("no", code="SecurityGroupRuleNotFound")})
    with pytest.raises(AccessDenied, match="another project"):
        GROUP.update(api, "g-1", {"security_group_rules": []}, {}, "rules")

    def gone_by_now(body: Any, params: Any) -> None:
        rules.clear()
        raise NotFound("no", code="SecurityGroupRuleNotFound")

    api.answers["DELETE network /security-group-rules/r-1"] = gone_by_now
    assert isinstance(GROUP.update(api, "g-1", {"security_group_rules": []}, {}, "rules"), Again)


def test_rules_of_any_new_group_are_not_written_out() -> None:
    assert GROUP.portray({"name": "web", "security_group_rules": [OUT6, OUT4], "stateful": True}) == {"name": "web"}
    assert GROUP.portray({"name": "web", "security_group_rules": []})["security_group_rules"] == []
    assert GROUP.portray({"name": "web", "security_group_rules": [WEB]})["security_group_rules"] == [WEB]
