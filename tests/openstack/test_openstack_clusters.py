"""A cluster with machines on the lab: made, looked at again, reached, changed, destroyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from tests.conformance.fragments import block, ref
from tests.openstack.lab import Project

from mcflow.cli.entry import outcome

FAST = {"driver": "openstack", "poll_interval": 0.5, "requests_per_second": 0}


def write(folder: Path, count: int, **limits: int) -> None:
    """A cluster with a node group of so many machines."""
    resources = {
        "net": block("vpc", cidr="10.0.0.0/16"), "front": block("subnet", vpc=ref("net"), cidr="10.0.1.0/24"),
        "kube": block("kubernetes_cluster", vpc=ref("net"), subnets=[ref("front")]),
        "web": block("node_group", cluster=ref("kube"), spec={"vcpus": 1}, size={"desired": count, **limits}, root_disk={"size_gib": 30}),
    }
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "clusters", "resources": resources,
                                                    "connections": {"cloud": FAST}}))


def groups(project: Project) -> dict[str, dict[str, Any]]:
    """The node groups of the project's cluster, by name, without those it is made with."""
    magnum = project.own.container_infrastructure_management
    version = "container-infra 1.10"
    found = {}
    for cluster in magnum.get("/clusters").json()["clusters"]:
        for row in magnum.get(f"/clusters/{cluster['uuid']}/nodegroups", headers={"OpenStack-API-Version": version}).json()["nodegroups"]:
            if not row["is_default"]:
                found[row["name"]] = row
    return found


@pytest.mark.timeout(900)
def test_a_cluster_from_first_to_last(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    write(folder, 1)
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert [row["node_count"] for row in groups(project).values()] == [1]
    capsys.readouterr()

    assert outcome(["kubeconfig", "kube", "--out", "kube.yaml"]) == 0
    told = yaml.safe_load((folder / "kube.yaml").read_text())
    assert told["clusters"][0]["cluster"]["server"].startswith("https://")
    program = told["users"][0]["user"]["exec"]
    capsys.readouterr()
    assert outcome(program["args"]) == 0
    given = json.loads(capsys.readouterr().out)["status"]
    certificate = x509.load_pem_x509_certificate(given["clientCertificateData"].encode())
    assert "system:masters" in certificate.subject.rfc4514_string()
    for file in (folder / ".mcflow").rglob("*"):
        assert not file.is_file() or b"PRIVATE KEY" not in file.read_bytes(), "a key was kept"

    write(folder, 4, min=3, max=5)
    assert outcome(["apply", "-y"]) == 0, "the limits and the number between them, in an order that Magnum takes"
    assert outcome(["plan", "--detailed-exitcode"]) == 0
    assert [row["node_count"] for row in groups(project).values()] == [4]

    assert outcome(["destroy", "-y"]) == 0
    assert project.inventory() == before
