"""What a user of OpenStack does with what runs, on the lab: stops, starts, reboots, logs in, measures, looks at what happened, and gets
into a cluster."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.openstack.lab import Lab, Project

from mcflow.cli.entry import outcome
from mcflow.drivers.openstack.operations import OPERATIONS
from mcflow.drivers.openstack.session import connect
from mcflow.drivers.sdk import Busy
from mcflow.model.connection import Connection

Say = Callable[..., str]
FAST = {"driver": "openstack", "poll_interval": 0.3, "requests_per_second": 0}
RESOURCES = {
    "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16"}},
    "app": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24", "public": True}},
    "key": {"type": "key_pair"},
    "web": {"type": "vm", "properties": {"subnet": "{{ resources.app }}", "image": {"os": "debian", "version": "12"}, "spec": "m1.tiny",
                                         "key_pair": "{{ resources.key }}", "public_ip": True}},
}


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return what it says."""
    def run(*words: str, code: int = 0, err: bool = False) -> str:
        capsys.readouterr()
        found = outcome(list(words))
        told = capsys.readouterr()
        assert found == code, told.out + told.err
        # A terminal's lines are broken anywhere.
        return " ".join(told.err.split()) if err else told.out

    return run


def write(folder: Path, resources: dict[str, Any]) -> None:
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "run", "resources": resources, "connections": {"cloud": FAST}}))


def status(project: Project) -> str:
    """Nova's word for the one server there is."""
    row, = project.own.compute.get("/servers/detail").json()["servers"]
    return str(row["status"])


@pytest.mark.timeout(900)
def test_a_machine_by_hand(folder: Path, project: Project, say: Say) -> None:
    write(folder, RESOURCES)
    say("apply", "-y")
    assert "stop: done (SHUTOFF)" in say("vm", "stop", "web", "-y")
    assert status(project) == "SHUTOFF"
    say("plan", "--detailed-exitcode")
    assert "cannot be rebooted" in say("vm", "reboot", "web", "-y", code=1, err=True)
    assert "start: done (ACTIVE)" in say("vm", "start", "web", "-y")
    assert "reboot: done (ACTIVE)" in say("vm", "reboot", "web", "-y")
    assert "FAKE CONSOLE OUTPUT" in say("vm", "console", "web")
    _password(say, folder)
    _login(project, say)
    _refused_metrics(say)
    _events(say)
    say("destroy", "-y")


def _password(say: Say, folder: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", str(folder / "key.pem")], check=True)
    assert "MC1046" in say("vm", "password", "web", "--key", str(folder / "key.pem"), code=1, err=True)


def _login(project: Project, say: Say) -> None:
    address, = project.own.network.get("/floatingips").json()["floatingips"]
    printed = say("ssh", "web", "--print")
    assert printed.rstrip().endswith(f"-l debian -- {address['floating_ip_address']}")


def _refused_metrics(say: Say) -> None:
    """Diagnostics are for administrators; the policy is named."""
    told = say("metrics", "web", code=1, err=True)
    assert "MC1032" in told
    assert "os_compute_api:os-server-diagnostics" in told


def _events(say: Say) -> None:
    found = json.loads(say("events", "web", "-o", "json"))["events"]
    told = [each["what"] for each in found if each["source"] == "Nova actions"]
    assert told[0] == "create"
    assert {"stop", "start", "reboot"} <= set(told)
    assert all(each["who"] for each in found)
    whole = json.loads(say("events", "cloud", "-o", "json"))["events"]
    assert {each["what"] for each in whole} >= set(told)


@pytest.mark.timeout(300)
def test_a_server_with_a_task_is_busy(folder: Path, project: Project) -> None:
    compute = project.own.compute
    image = next(each for each in project.own.image.images() if each.name == "cirros")
    flavor = compute.find_flavor("m1.tiny")
    server = compute.create_server(name="t-busy", image_id=image.id, flavor_id=flavor.id, networks="none")
    compute.wait_for_server(server, interval=0.3, wait=120)
    session = connect(Connection("cloud", "openstack"))
    try:
        assert OPERATIONS.perform(session, "openstack.server", server.id, "reboot").id == server.id
        with pytest.raises(Busy):
            OPERATIONS.perform(session, "openstack.server", server.id, "reboot")
        for _ in range(100):
            told, = OPERATIONS.progress(session, "openstack.server", [server.id], "reboot")
            if told.status != "running":
                break
            time.sleep(0.3)
        assert (told.status, told.reason) == ("done", "ACTIVE")
    finally:
        session.close()


@pytest.fixture
def cluster(lab: Lab, project: Project) -> Iterator[str]:
    """A cluster of Magnum, made by hand; its id."""
    own = project.own.container_infrastructure_management
    project.own.compute.create_keypair(name="t-key")
    template = own.create_cluster_template(
        name="t-template", coe="kubernetes", image_id="fedora-coreos", external_network_id="public", flavor_id="m1.medium",
        master_flavor_id="m1.medium", network_driver="flannel")
    made = own.create_cluster(name="t-cluster", cluster_template_id=template.id, node_count=1, master_count=1, keypair="t-key")
    for _ in range(200):
        if own.get_cluster(made.id).status == "CREATE_COMPLETE":
            break
        time.sleep(0.5)
    yield str(made.id)
    own.delete_cluster(made.id)
    for _ in range(200):
        if own.get(f"/clusters/{made.id}").status_code == 404:
            break
        time.sleep(0.5)
    own.delete_cluster_template(template.id)


@pytest.mark.timeout(400)
def test_a_certificate_that_the_clusters_own_authority_signed(folder: Path, cluster: str, say: Say) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from mcflow.drivers.openstack.certificates import authority

    write(folder, {})
    answer = json.loads(say("kube-token", "cloud", cluster))
    assert answer["kind"] == "ExecCredential"
    made = x509.load_pem_x509_certificate(answer["status"]["clientCertificateData"].encode())
    key = load_pem_private_key(answer["status"]["clientKeyData"].encode(), None)
    assert made.public_key() == key.public_key()
    session = connect(Connection("cloud", "openstack"))
    signer = x509.load_pem_x509_certificate(authority(session, cluster).encode()).public_key()
    session.close()
    assert isinstance(signer, rsa.RSAPublicKey)
    assert made.signature_hash_algorithm is not None
    signer.verify(made.signature, made.tbs_certificate_bytes, padding.PKCS1v15(), made.signature_hash_algorithm)
    assert made.subject.rfc4514_string() == "O=system:masters,CN=admin"
    assert "MC1045" in say("kube-token", "cloud", "no-such-cluster", code=1, err=True)
