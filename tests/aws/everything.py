"""One blueprint with every type of AWS that moto has: the resources of the conformance cases, renamed so that they do not meet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.conformance import aws_cases_balance as balance
from tests.conformance import aws_cases_clusters as clusters
from tests.conformance import aws_cases_ec2 as ec2
from tests.conformance import aws_cases_identity as identity
from tests.conformance import aws_cases_services as services
from tests.conformance.aws_subject import CASES as FIRST
from tests.conformance.fragments import Resources, block, ref, tier

from mcflow.conformance import Case

FAMILIES: dict[str, list[Case]] = {
    "first": [case for case in FIRST if case not in (*balance.PORTABLE, *balance.NATIVE)],
    "machine": [*ec2.PORTABLE, *ec2.NATIVE], "balance": [*balance.PORTABLE, *balance.NATIVE],
    "service": [*services.PORTABLE, *services.NATIVE], "identity": identity.NATIVE, "cluster": [*clusters.PORTABLE, *clusters.NATIVE],
}
"""Cases that are known to share their ground: in each family a block that is written twice the same way is one resource."""
HIDDEN = {word: f"hidden-{word}-7f3a" for word in ("password", "secret", "parameter", "variable")}
"""Words that may nowhere be read but where they were written."""
LACKING = {
    "aws.eks_addon": "moto has no add-ons", "aws.eks_access_entry": "moto has no access entries",
    "aws.eks_access_policy_association": "moto has no access entries",
    "aws.lb_listener_certificate": "certificates are none of mcflow's types",
}
"""Natives that this blueprint has not, and why."""
_REFERENCE = re.compile(r"resources\.(\w+)")


def everything() -> Resources:
    """All of it. Raises AssertionError if cases of one family want one name for two things."""
    made: Resources = {}
    for family, cases in FAMILIES.items():
        made |= _together(family, cases)
    return {**made, **_attached(), **_secrets()}


def _together(family: str, cases: Iterable[Case]) -> Resources:
    """The cases' resources: those that are the same down to what they refer to are made once."""
    known: dict[str, str] = {}
    made: Resources = {}
    for case in cases:
        names: dict[str, str] = {}
        for name in case.resources:
            meaning = json.dumps([name, _expanded(case.resources, name)], sort_keys=True)
            if meaning not in known:
                known[meaning] = _free(f"{family}_{name}", set(known.values()))
            names[name] = known[meaning]
        for name, resource in case.resources.items():
            text = _REFERENCE.sub(lambda found, names=names: f"resources.{names[found[1]]}", json.dumps(resource))  # type: ignore[misc]
            made[names[name]] = json.loads(text)
    return made


def _expanded(resources: Mapping[str, Any], name: str, seen: tuple[str, ...] = ()) -> Any:
    others = sorted(set(_REFERENCE.findall(json.dumps(resources[name]))) - {*seen, name})
    return [resources[name], {other: _expanded(resources, other, (*seen, name)) for other in others}]


def _free(name: str, taken: set[str]) -> str:
    return next(each for each in (name, *(f"{name}{number}" for number in range(2, 99))) if each not in taken)


def _attached() -> Resources:
    """What only an update makes in the cases: machine, disk, address and interface together, groups that name each other."""
    made = _together("tier", [Case("vm", "box", {
        **tier("t3.small"), "card": block("nic", subnet=ref("front"), attach_to=ref("box")),
    })])
    made["tier_box"]["properties"]["user_data"] = "{{ '#!/bin/sh\necho hello' }}"
    return made


def _secrets() -> Resources:
    """What has something to hide, written as an expression."""
    shop = clusters.PORTABLE[2].resources["shop"]["properties"]
    text = json.dumps({**shop, "password": f"{{{{ '{HIDDEN['password']}' }}}}"})
    function = services.FUNCTION["greeter"]["properties"]
    return {
        "hidden_shop": {"type": "database", "properties": json.loads(_REFERENCE.sub(r"resources.cluster_\1", text))},
        "hidden_secret": block("aws.secretsmanager_secret", name="hidden", secret_string=f"{{{{ '{HIDDEN['secret']}' }}}}"),
        "hidden_parameter": block("aws.ssm_parameter", name="/hidden", type="SecureString", value=f"{{{{ '{HIDDEN['parameter']}' }}}}"),
        "hidden_function": block("aws.lambda_function", **{
            **function, "role": ref("service_hands.arn"), "environment": {"variables": {"WORD": f"{{{{ '{HIDDEN['variable']}' }}}}"}}}),
    }
