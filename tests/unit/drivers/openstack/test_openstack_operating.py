"""Servers by hand, whom images let in, certificates for clusters."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack.operations import MACHINE, OPERATIONS, action, addresses
from mcflow.drivers.openstack.portable.kubeconfigs import kubeconfig
from mcflow.drivers.sdk import Busy, InvalidRequest, Login, NotFound, Progress, Submitted, Unsupported
from mcflow.drivers.sdk.operations import Verb
from mcflow.model.values import reveal

ACT = "POST compute /servers/s-1/action"
MAGNUM = "container-infrastructure-management"


def row(status: str = "ACTIVE", task: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "s-1", "status": status, "OS-EXT-STS:task_state": task, **more}


def cloud(*, status: str = "ACTIVE", task: str | None = None, answers: dict[str, Any] | None = None, **more: Any) -> StubSession:
    return StubSession({"GET compute /servers/s-1": {"server": row(status, task, **more)}, ACT: None, **(answers or {})})


@pytest.mark.parametrize(("verb", "status", "sent"), [
    ("start", "SHUTOFF", {"os-start": None}), ("start", "PAUSED", {"unpause": None}), ("start", "SHELVED_OFFLOADED", {"unshelve": None}),
    ("stop", "ACTIVE", {"os-stop": None}), ("stop", "ERROR", {"os-stop": None}), ("reboot", "ACTIVE", {"reboot": {"type": "SOFT"}}),
    ("reboot", "ERROR", {"reboot": {"type": "HARD"}}), ("reboot", "PAUSED", {"reboot": {"type": "HARD"}})])
def test_each_state_has_its_action(verb: Verb, status: str, sent: Any) -> None:
    api = cloud(status=status)
    assert OPERATIONS.perform(api, MACHINE, "s-1", verb) == Submitted("s-1", request_id="req-1")
    assert api.changes == [(ACT, sent)]


@pytest.mark.parametrize(("verb", "status"), [("start", "ACTIVE"), ("stop", "SHUTOFF")])
def test_what_is_so_already_is_not_asked_for(verb: Verb, status: str) -> None:
    api = cloud(status=status)
    assert OPERATIONS.perform(api, MACHINE, "s-1", verb) == Submitted("s-1")
    assert api.changes == []


@pytest.mark.parametrize(("verb", "status"), [("reboot", "SHUTOFF"), ("stop", "SUSPENDED"), ("reboot", "SHELVED")])
def test_what_no_action_leads_to_is_refused(verb: Verb, status: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{status} cannot be"):
        action(verb, status)


def test_a_server_with_a_task_is_busy_and_a_deleted_one_is_not_there() -> None:
    api = cloud(task="rebooting_hard")
    with pytest.raises(Busy, match="rebooting_hard"):
        OPERATIONS.perform(api, MACHINE, "s-1", "stop")
    assert api.changes == []
    with pytest.raises(NotFound):
        action("start", "SOFT_DELETED")


def test_progress_of_many_takes_one_listing() -> None:
    rows = [row(), {**row("SHUTOFF", "powering-on"), "id": "s-2"}, {**row("ERROR", fault={"message": "No valid host"}), "id": "s-3"},
            {**row("SHUTOFF"), "id": "s-4"}, {**row(), "id": "other"}]
    api = StubSession({"GET compute /servers/detail": {"servers": rows}})
    assert list(OPERATIONS.progress(api, MACHINE, ["s-1", "s-2", "s-3", "s-4"], "start")) == [
        Progress("s-1", "done", "ACTIVE"), Progress("s-2", "running", "powering-on"), Progress("s-3", "failed", "No valid host"),
        Progress("s-4", "failed", "SHUTOFF")]
    assert list(OPERATIONS.progress(cloud(), MACHINE, ["s-1"], "reboot")) == [Progress("s-1", "done", "ACTIVE")]


def test_only_servers_are_machines() -> None:
    assert OPERATIONS.verbs(MACHINE) == ("start", "stop", "reboot")
    assert OPERATIONS.verbs("openstack.volume") == ()


def test_the_console_and_what_has_not_written_any() -> None:
    assert OPERATIONS.console(cloud(answers={ACT: {"output": "hello"}}), MACHINE, "s-1") == "hello"
    assert OPERATIONS.console(cloud(answers={ACT: NotFound("Guest does not have a console available.")}), MACHINE, "s-1") == ""
    assert OPERATIONS.console(cloud(answers={ACT: Busy("Instance s-1 is not ready")}), MACHINE, "s-1") == ""
    with pytest.raises(NotFound):
        OPERATIONS.console(cloud(answers={ACT: NotFound("Instance s-1 could not be found.")}), MACHINE, "s-1")


def test_the_password_stays_encrypted() -> None:
    path = "GET compute /servers/s-1/os-server-password"
    assert OPERATIONS.password(StubSession({path: {"password": base64.b64encode(b"sealed").decode()}}), MACHINE, "s-1") == b"sealed"
    assert OPERATIONS.password(StubSession({path: {"password": ""}}), MACHINE, "s-1") == b""
    with pytest.raises(Unsupported):
        OPERATIONS.password(StubSession({path: {"password": "plain text!"}}), MACHINE, "s-1")


def plugged(*told: tuple[str, str]) -> dict[str, Any]:
    rows = [{"addr": addr, "version": 6 if ":" in addr else 4, "OS-EXT-IPS:type": kind} for addr, kind in told]
    return {"addresses": {"net": rows}}


def test_addresses_of_the_world_and_its_own() -> None:
    assert addresses(plugged(("fd00::1", "fixed"), ("10.0.0.3", "fixed"), ("198.51.100.7", "floating"))) == ("198.51.100.7", "10.0.0.3")
    assert addresses(plugged(("2600::1", "fixed"), ("10.0.0.3", "fixed"))) == ("2600::1", "10.0.0.3")
    assert addresses(plugged(("8.8.8.8", "fixed"))) == ("8.8.8.8", "8.8.8.8")
    assert addresses({}) == ("", "")


def test_login_looks_at_the_image_and_at_floating_addresses_that_nova_has_not_heard_of() -> None:
    api = cloud(image={"id": "i-1"}, key_name="admin", **plugged(("10.0.0.3", "fixed")), answers={
        "GET image /images/i-1": {"id": "i-1", "os_distro": "debian"}, "GET network /ports": {"ports": [{"id": "p-1"}]},
        "GET network /floatingips": {"floatingips": [{"port_id": "p-1", "floating_ip_address": "198.51.100.7"}]}})
    assert OPERATIONS.login(api, MACHINE, "s-1", {}) == Login("debian", "198.51.100.7", "10.0.0.3", "admin")


def test_login_of_a_server_that_boots_from_a_volume_and_of_one_whose_image_is_gone() -> None:
    booted = cloud(image="", **plugged(("10.0.0.3", "fixed"), ("198.51.100.7", "floating")), **{
        "os-extended-volumes:volumes_attached": [{"id": "v-1"}]}, answers={
        "GET block-storage /volumes/v-1": {"volume": {"volume_image_metadata": {"image_name": "Rocky-9-GenericCloud"}}}})
    assert OPERATIONS.login(booted, MACHINE, "s-1", {}).user == "rocky"
    lost = cloud(image={"id": "i-1"}, **plugged(("198.51.100.7", "floating")))
    assert OPERATIONS.login(lost, MACHINE, "s-1", {}) == Login("", "198.51.100.7", "", "")
    with pytest.raises(NotFound):
        OPERATIONS.login(cloud(status="SOFT_DELETED"), MACHINE, "s-1", {})


def sign(body: Any, _params: Any) -> dict[str, Any]:
    """Magnum's answer to a request for a certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    request = x509.load_pem_x509_csr(body["csr"].encode())
    assert request.is_signature_valid
    authority = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")])
    until = datetime(2027, 1, 1, tzinfo=UTC)
    made = (x509.CertificateBuilder().subject_name(request.subject).issuer_name(issuer).public_key(request.public_key())
            .serial_number(1).not_valid_before(until - timedelta(days=400)).not_valid_after(until).sign(authority, hashes.SHA256()))
    return {"cluster_uuid": body["cluster_uuid"], "pem": made.public_bytes(serialization.Encoding.PEM).decode()}


def test_a_cluster_gives_a_certificate_for_a_key_that_is_sent_nowhere() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    api = StubSession({f"POST {MAGNUM} /certificates": sign})
    made = OPERATIONS.cluster_token(api, "c-1")
    certificate = x509.load_pem_x509_certificate(made.certificate.encode())
    key = serialization.load_pem_private_key(made.key.encode(), None)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "O=system:masters,CN=admin"
    assert made.expires == datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    assert made.token == ""
    (_, sent), = api.requests
    assert sent.keys() == {"cluster_uuid", "csr"}
    assert "PRIVATE" not in sent["csr"]


def test_an_answer_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no certificate"):
        OPERATIONS.cluster_token(StubSession({f"POST {MAGNUM} /certificates": {"pem": "nonsense"}}), "c-1")


def test_a_kubeconfig_holds_no_key_and_asks_mcflow() -> None:
    told = json.loads(str(reveal(kubeconfig("cloud", "c-1", "https://10.0.0.1:6443", "PEM"))))
    authority = base64.b64encode(b"PEM").decode()
    assert told["clusters"][0]["cluster"] == {"server": "https://10.0.0.1:6443", "certificate-authority-data": authority}
    assert told["users"][0]["user"]["exec"]["args"] == ["kube-token", "cloud", "c-1"]
    bare = json.loads(str(reveal(kubeconfig("cloud", "c-1", "http://10.0.0.1:8080", ""))))
    assert bare["clusters"][0]["cluster"] == {"server": "http://10.0.0.1:8080"}
