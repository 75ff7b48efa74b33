"""A cluster with machines, and a database, from a blueprint: made, looked at again, reached, found by discovery, destroyed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import tests.aws.moto_clusters  # noqa: F401  what lives of them is listed there
import yaml
from tests.aws.conftest import REGION, Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.cli.entry import outcome
from mcflow.drivers.aws.token import CLUSTER_HEADER, LIFETIME, PREFIX, cluster_token

RESOURCES: dict[str, Any] = {
    "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16"}},
    "front": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24", "zone": f"{REGION}a"}},
    "side": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.2.0/24", "zone": f"{REGION}b"}},
    "kube": {"type": "kubernetes_cluster", "properties": {
        "vpc": "{{ resources.net }}", "subnets": ["{{ resources.front }}", "{{ resources.side }}"], "version": "1.31"}},
    "web": {"type": "node_group", "properties": {
        "cluster": "{{ resources.kube }}", "spec": "t3.medium", "size": {"desired": 2}, "root_disk": {"size_gib": 50, "type": "ssd"}}},
    "batch": {"type": "node_group", "properties": {
        "cluster": "{{ resources.kube }}", "spec": "m7g.large", "size": {"desired": 1, "min": 1, "max": 5}, "autoscale": True,
        "taints": [{"key": "batch", "effect": "NoExecute"}]}},
    "shop": {"type": "database", "properties": {
        "engine": "postgresql", "version": "16", "spec": {"vcpus": 2, "memory_gib": 8}, "storage": {"size_gib": 20},
        "vpc": "{{ resources.net }}", "subnets": ["{{ resources.front }}", "{{ resources.side }}"], "databases": ["shop"]}},
}


def write(folder: Path, endpoint: str, name: str = "mcflow.yaml", **resources: Any) -> None:
    fast = {"poll_interval": 0.02, "request_timeout": 20, "visibility_lag": 0.2, "requests_per_second": 0}
    (folder / name).write_text(json.dumps({
        "mcflow": 1, "name": Path(name).stem, "resources": resources,
        "connections": {"cloud": {"driver": "aws", "region": REGION, "endpoint": endpoint, **fast}}}))


@pytest.mark.timeout(600)
def test_a_cluster_and_a_database_from_first_to_last(folder: Path, aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, aws_cloud.endpoint, **RESOURCES)
    before = aws_cloud.inventory()
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0
    kinds = sorted(kind for _, kind in aws_cloud.inventory().items() - before.items())
    assert [kinds.count(kind) for kind in ("eks_cluster", "eks_node_group", "db_instance", "db_subnet_group")] == [1, 2, 1, 1]
    capsys.readouterr()

    assert outcome(["kubeconfig", "kube", "--out", "kube.yaml"]) == 0
    told = yaml.safe_load((folder / "kube.yaml").read_text())
    program = told["users"][0]["user"]["exec"]
    assert program["command"] == "mcflow"
    assert program["args"][:2] == ["kube-token", "cloud"]
    assert program["args"][3:] == ["--file", str((folder / "mcflow.yaml").resolve())]
    capsys.readouterr()
    assert outcome(program["args"]) == 0
    credential = json.loads(capsys.readouterr().out)
    assert credential["kind"] == "ExecCredential"
    assert credential["status"]["token"].startswith(PREFIX)
    for file in (folder / ".mcflow").rglob("*"):
        assert not file.is_file() or PREFIX.encode() not in file.read_bytes(), "a token was kept"

    assert outcome(["destroy", "-y"]) == 0
    assert aws_cloud.inventory() == before
    roles = aws_cloud.client("iam").list_roles()["Roles"]
    assert not [role for role in roles if role["RoleName"].startswith("mcflow-eks")], "shared roles go with the last that needs them"


def by_hand(cloud: MotoCloud) -> None:
    """A cluster with machines and a database, as somebody made them at the console."""
    ec2, iam, eks, rds = (cloud.client(service) for service in ("ec2", "iam", "eks", "rds"))
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
               for index, zone in enumerate("ab")]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"},
                                                     "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="prod-role", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    eks.create_cluster(name="prod", roleArn=role, version="1.31", resourcesVpcConfig={"subnetIds": subnets, "endpointPublicAccess": True},
                       tags={"env": "prod"})
    eks.create_nodegroup(clusterName="prod", nodegroupName="web", nodeRole=role, subnets=subnets, instanceTypes=["t3.large"],
                         scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 2}, labels={"pool": "web"})
    rds.create_db_subnet_group(DBSubnetGroupName="prod-subnets", DBSubnetGroupDescription="prod", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="prod-settings", DBParameterGroupFamily="postgres16", Description="prod")
    rds.modify_db_parameter_group(DBParameterGroupName="prod-settings", Parameters=[
        {"ParameterName": "work_mem", "ParameterValue": "64", "ApplyMethod": "immediate"}])
    rds.create_db_instance(DBInstanceIdentifier="prod-shop", Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.t4g.medium",
                           AllocatedStorage=50, StorageType="gp3", MasterUsername="shop", MasterUserPassword="long-and-secret",
                           DBSubnetGroupName="prod-subnets", DBParameterGroupName="prod-settings")


@pytest.mark.timeout(600)
def test_what_somebody_made_is_imported(folder: Path, aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand(aws_cloud)
    write(folder, aws_cloud.endpoint)
    assert outcome(["discover", "cloud", "--import", "-y"]) == 0
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0
    told = capsys.readouterr()
    text = (folder / "found.yaml").read_text()
    for kind in ("eks_cluster", "eks_node_group", "db_instance", "db_subnet_group", "db_parameter_group", "iam_role"):
        assert f"aws.{kind}" in text
    assert "long-and-secret" not in text + told.out + told.err


def test_a_token_is_a_signed_question_who_the_caller_is(hand: Hand) -> None:
    made = cluster_token(hand.api, "k8s")
    assert 0 < made.expires - time.time() <= LIFETIME
    coded = made.token.removeprefix(PREFIX)
    url = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    asked = parse_qs(urlsplit(url).query)
    assert asked["Action"] == ["GetCallerIdentity"]
    assert asked["X-Amz-SignedHeaders"] == [f"host;{CLUSTER_HEADER}"]
    # What aws-iam-authenticator allows in the query, and no more.
    assert {name.lower() for name in asked} <= {
        "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token",
        "x-amz-signature", "x-amz-signedheaders"}
    assert int(asked["X-Amz-Expires"][0]) <= 900
    assert asked["X-Amz-Credential"][0].split("/")[2:] == [REGION, "sts", "aws4_request"]
    assert asked["X-Amz-Signature"] == [signature(url, "k8s", "testing")]
    # moto finds the service in this header; STS itself does so by its host.
    scope = f"AWS4-HMAC-SHA256 Credential={asked['X-Amz-Credential'][0]}, SignedHeaders=host, Signature=none"
    request = urllib.request.Request(url, headers={CLUSTER_HEADER: "k8s", "Authorization": scope})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert b"GetCallerIdentityResult" in answer.read()
    assert cluster_token(hand.api, "other").token != made.token


def signature(url: str, cluster: str, secret: str) -> str:
    """The signature of a URL, made as AWS documents it.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    parts = urlsplit(url)
    query = "&".join(sorted(each for each in parts.query.split("&") if not each.startswith("X-Amz-Signature=")))
    headers = f"host:{parts.netloc}\n{CLUSTER_HEADER}:{cluster}\n"
    canonical = "\n".join(("GET", parts.path, query, headers, f"host;{CLUSTER_HEADER}", hashlib.sha256(b"").hexdigest()))
    asked = parse_qs(parts.query)
    moment, scope = asked["X-Amz-Date"][0], asked["X-Amz-Credential"][0].split("/", 1)[1]
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
