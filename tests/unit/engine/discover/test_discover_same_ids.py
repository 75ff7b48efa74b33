"""Objects of several types that have the same id: none is taken for another."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.discover.yard import Yard

from mcflow.drivers.sdk import Observed
from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.looking import _doubtful
from mcflow.engine.discover.portrait import Surroundings, portray
from mcflow.engine.discover.referring import Index
from mcflow.engine.discover.removal import _refuse_dependants, _with_parts
from mcflow.engine.options import DiscoverOptions
from mcflow.model.diagnostic import Rejected

ROLE_ARN = "arn:aws:iam::123456789012:role/prod"


def aws(type: str, id: str, **attributes: Any) -> Found:
    native = load_driver("aws").natives[f"aws.{type}"]
    return Found(native.name, id, "nobody", attributes=attributes, native=native, observed=Observed(id, attributes=attributes))


def called_prod() -> list[Found]:
    """A role, a profile, a table, a database, a cluster, its role by ARN, a part that joins two of them: all called `prod`."""
    return [
        aws("iam_instance_profile_role", "prod|prod", instance_profile_name="prod", role_name="prod"),
        aws("eks_cluster", "prod", name="prod", role_arn=ROLE_ARN, subnet_ids=["subnet-1"]),
        aws("dynamodb_table", "prod", table_name="prod"),
        aws("db_instance", "prod", db_instance_identifier="prod", db_instance_class="db.t3.micro", engine="mysql"),
        aws("db_snapshot", "shot", db_snapshot_identifier="shot", db_instance_identifier="prod"),
        aws("iam_instance_profile", "prod", instance_profile_name="prod"),
        aws("iam_role", "prod", role_name="prod", arn=ROLE_ARN, assume_role_policy_document={"Version": "2012-10-17"}),
        aws("lambda_permission", "f|prod", function_name="f", statement_id="prod", action="lambda:InvokeFunction", principal="*"),
    ]


def test_each_reference_is_to_the_type_its_place_takes() -> None:
    made = {each.item.type.removeprefix("aws."): each for each in portray(called_prod(), Surroundings())}
    names = {type: each.name for type, each in made.items()}
    assert len(set(names.values())) == 8
    joined = made["iam_instance_profile_role"]
    written = {name: value.text for name, value in joined.properties.items()}
    assert written == {"instance_profile_name": f"{{{{ resources.{names['iam_instance_profile']} }}}}",
                       "role_name": f"{{{{ resources.{names['iam_role']} }}}}"}
    assert set(joined.hard) == {names["iam_instance_profile"], names["iam_role"]}
    cluster = made["eks_cluster"]
    assert cluster.properties["role_arn"].text == f"{{{{ resources.{names['iam_role']}.arn }}}}"
    assert cluster.hard == (names["iam_role"],)
    assert made["db_snapshot"].hard == (names["db_instance"],)
    assert made["lambda_permission"].properties["statement_id"] == "prod", "a name at a place that takes no reference is only a text"
    assert not made["dynamodb_table"].hard


def test_what_the_blueprint_has_is_referred_to_by_type_too() -> None:
    items = called_prod()
    known = {("aws.iam_role", "prod"): "resources.boss.native.role", ("aws.dynamodb_table", "prod"): "resources.table"}
    imported = [item for item in items if item.type in ("aws.iam_instance_profile_role", "aws.eks_cluster")]
    made = {each.item.type: each for each in portray(imported, Surroundings(items, known))}
    joined = made["aws.iam_instance_profile_role"].properties
    assert joined["role_name"].text == "{{ resources.boss.native.role.id }}"
    assert joined["instance_profile_name"] == "prod"
    assert made["aws.eks_cluster"].properties["role_arn"].text == "{{ resources.boss.native.role.arn }}"


def test_an_arn_is_a_reference_wherever_an_attribute_is_one() -> None:
    topic = "arn:aws:sns:ap-northeast-2:123456789012:prod"
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ROLE_ARN}, "Action": "sns:Publish", "Resource": topic}]}
    items = [*called_prod(), aws("lambda_function", "f", function_name="f", role=ROLE_ARN),
             aws("sns_topic", topic, name="prod", topic_arn=topic, policy=policy),
             aws("cloudwatch_alarm", "prod", alarm_name="prod", alarm_actions=[topic])]
    made = {each.item.type: each for each in portray(items, Surroundings())}
    assert made["aws.lambda_function"].hard == (made["aws.iam_role"].name,)
    assert made["aws.cloudwatch_alarm"].properties["alarm_actions"][0].text == f"{{{{ resources.{made['aws.sns_topic'].name}.id }}}}"
    assert made["aws.sns_topic"].properties["policy"] == policy, "two objects may name each other in their policies"


def test_only_what_hangs_on_it_keeps_it() -> None:
    items = called_prod()
    index = Index(items)
    by_type = {item.type: item for item in items}
    table, role = by_type["aws.dynamodb_table"], by_type["aws.iam_role"]
    options = DiscoverOptions("cloud")
    assert _with_parts([table], items, index, options) == [table]
    _refuse_dependants([table], items, index)
    doomed = _with_parts([role], items, index, options)
    assert [item.type for item in doomed] == ["aws.iam_role", "aws.iam_instance_profile_role"]
    with pytest.raises(Rejected) as rejected:
        _refuse_dependants(doomed, items, index)
    assert "prod by aws.eks_cluster prod" in rejected.value.diagnostics[0].message


def test_an_id_of_several_types_is_told() -> None:
    items = called_prod()
    options = DiscoverOptions("cloud", ids=("prod", "shot"))
    assert [finding.code for finding in _doubtful(options, items, whole=False)] == ["MC0694"]
    with pytest.raises(Rejected) as rejected:
        _doubtful(options, items, whole=True)
    assert [finding.code for finding in rejected.value.diagnostics] == ["MC0693"]
    assert "aws.dynamodb_table" in rejected.value.diagnostics[0].message
    assert not _doubtful(options, items[:2], whole=True)


def test_an_id_that_is_unique_is_named_without_a_type(yard: Yard) -> None:
    vpc = yard.make("vpc", cidr_block="10.0.0.0/16")
    assert not yard.discover(ids=(vpc,)).findings
