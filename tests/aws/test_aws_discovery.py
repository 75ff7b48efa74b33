"""Discovery on AWS: an environment made with a bare client becomes a blueprint whose plan is empty, and goes without a rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.aws.hand_made import KEY, hand_made
from tests.aws.moto_handle import MotoCloud

from mcflow.cli.entry import outcome

BLUEPRINT = """mcflow: 1
name: found
connections:
  aws: {{driver: aws, region: ap-northeast-2, endpoint: "{endpoint}", poll_interval: 0.05, visibility_lag: 0}}
"""


@pytest.fixture
def made(aws_cloud: MotoCloud, folder: Path) -> dict[str, str]:
    """The environment, and a blueprint in the present folder that knows nothing of it."""
    (folder / "mcflow.yaml").write_text(BLUEPRINT.format(endpoint=aws_cloud.endpoint))
    return hand_made(aws_cloud.client(), aws_cloud.register_images()[0])


def test_a_hand_made_environment_is_imported_and_destroyed(
    made: dict[str, str], aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["discover", "aws", "-o", "json"]) == 0
    found = {item["id"]: item for item in yaml.safe_load(capsys.readouterr().out)["objects"]}
    assert {id for id, item in found.items() if not item["provided"]} == set(made.values())
    assert {item["managed"] for item in found.values()} == {"nobody"}
    assert {item["type"] for item in found.values() if item["provided"]} == {
        "aws.vpc", "aws.subnet", "aws.route_table", "aws.security_group", "aws.volume", "aws.volume_attachment", "aws.network_acl",
        "aws.network_interface", "aws.network_interface_attachment", "aws.kms_alias"}

    assert outcome(["discover", "aws", "--import", "-y"]) == 0
    text = Path("found.yaml").read_text()
    resources = yaml.safe_load(text)["resources"]
    assert len(resources) == len(made)
    assert resources["ops"]["properties"] == {"key_name": "ops", "public_key_material": KEY.decode()}
    assert resources["web_a"]["properties"] == {
        "image_id": resources["web_a"]["properties"]["image_id"], "instance_type": "t3.micro", "subnet_id": "{{ resources.front_a }}",
        "security_group_ids": ["{{ resources.web.id }}"], "key_name": "{{ resources.ops.key_name }}", "root_volume_size": 8,
        "root_volume_type": "gp2", "tags": {"Name": "web a"}}
    body, _, origins = text.partition("\nimport:")
    assert not [id for id in made.values() if f": {id}" in body]
    assert not [id for id in made.values() if f"id: {id}" not in origins and f'id: "{id}"' not in origins]
    capsys.readouterr()
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0
    assert capsys.readouterr().out.startswith("No changes.")
    assert outcome(["apply", "-f", "found.yaml", "-y"]) == 0
    assert capsys.readouterr().out.startswith("No changes.")

    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0
    assert not set(made.values()) & set(aws_cloud.inventory())


def test_a_hand_made_environment_is_destroyed_from_the_list(made: dict[str, str], aws_cloud: MotoCloud) -> None:
    assert outcome(["discover", "aws", made["vpc"], "--destroy", "-y"]) == 1
    assert set(made.values()) <= set(aws_cloud.inventory())
    assert outcome(["discover", "aws", "--type", "*", "--destroy", "-y"]) == 0
    assert not aws_cloud.inventory()


def test_what_the_account_came_with_is_the_clouds_own(
    aws_cloud: MotoCloud, credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mcflow.yaml").write_text(BLUEPRINT.format(endpoint=aws_cloud.endpoint))
    ec2 = aws_cloud.client()
    vpc = next(row["VpcId"] for row in ec2.describe_vpcs()["Vpcs"] if row["IsDefault"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    ec2.create_route(RouteTableId=tables[0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert outcome(["discover", "aws", "-o", "json"]) == 0
    assert all(item["provided"] for item in yaml.safe_load(capsys.readouterr().out)["objects"])
    assert outcome(["discover", "aws", "--import", "-y"]) == 1
    assert "MC0687" in capsys.readouterr().err
