"""Console, password, access, kubeconfig."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.unit.engine.operate.conftest import RESOURCES, Place

from mcflow.engine import api
from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret

PEM, TRADITIONAL, OPENSSH = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.OpenSSH
CLUSTER = RESOURCES + """
  k8s: {type: kubernetes_cluster, properties: {vpc: "{{ resources.net }}", subnets: ["{{ resources.app }}"]}}
"""


@pytest.fixture(scope="module")
def pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def windows(place: Place, pair: rsa.RSAPrivateKey) -> Path:
    """A Windows machine with a key pair of ours; the file of the private half."""
    public = pair.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    place.write(f"""
  net: {{type: vpc, properties: {{cidr: 10.0.0.0/16}}}}
  app: {{type: subnet, properties: {{vpc: "{{{{ resources.net }}}}", cidr: 10.0.1.0/24}}}}
  key: {{type: key_pair, properties: {{public_key: "{public}"}}}}
  desktop:
    type: vm
    properties: {{subnet: "{{{{ resources.app }}}}", image: {{os: windows}}, spec: {{vcpus: 1}}, key_pair: "{{{{ resources.key }}}}"}}
""")
    place.apply()
    file = place.folder / "key.pem"
    file.write_bytes(pair.private_bytes(PEM, TRADITIONAL, serialization.NoEncryption()))
    return file


def code(call: object) -> str:
    """The code that a call is refused with."""
    with pytest.raises(Rejected) as refused:
        call()  # type: ignore[operator]
    return refused.value.diagnostics[0].code


def test_the_console_tells_what_happened_to_a_machine(place: Place) -> None:
    assert "first boot" in api.machine_console(place.project(), 'web["a"]')
    place.operate("reboot", 'web["a"]')
    assert "rebooting" in api.machine_console(place.project(), 'web["a"]')
    assert "rebooting" not in api.machine_console(place.project(), 'web["b"]')
    assert code(lambda: api.machine_console(place.project(), "web")) == "MC1052"
    assert code(lambda: api.machine_console(place.project(), "data")) == "MC1031"


def test_a_password_is_opened_here_and_by_its_key_only(place: Place, pair: rsa.RSAPrivateKey) -> None:
    file = windows(place, pair)
    found = api.machine_password(place.project(), "desktop", file)
    assert isinstance(found, Secret)
    assert repr(found) == "(sensitive)"
    assert len(found.reveal()) == 16
    file.write_bytes(pair.private_bytes(PEM, OPENSSH, serialization.NoEncryption()))
    assert api.machine_password(place.project(), "desktop", file).reveal() == found.reveal()
    file.write_bytes(rsa.generate_private_key(65537, 2048).private_bytes(PEM, TRADITIONAL, serialization.NoEncryption()))
    assert code(lambda: api.machine_password(place.project(), "desktop", file)) == "MC1048"
    file.write_bytes(pair.private_bytes(PEM, TRADITIONAL, serialization.BestAvailableEncryption(b"hush")))
    assert code(lambda: api.machine_password(place.project(), "desktop", file)) == "MC1047"
    assert code(lambda: api.machine_password(place.project(), "desktop", place.folder / "none")) == "MC1047"


def test_a_linux_machine_has_no_password(place: Place, pair: rsa.RSAPrivateKey) -> None:
    file = place.folder / "key.pem"
    file.write_bytes(pair.private_bytes(PEM, TRADITIONAL, serialization.NoEncryption()))
    assert code(lambda: api.machine_password(place.project(), 'web["a"]', file)) == "MC1046"


def test_a_key_that_is_no_rsa_key_cannot_have_a_password(place: Place, pair: rsa.RSAPrivateKey) -> None:
    place.write(RESOURCES.replace("os: ubuntu", "os: windows"))
    place.apply()
    file = place.folder / "key.pem"
    file.write_bytes(pair.private_bytes(PEM, TRADITIONAL, serialization.NoEncryption()))
    assert code(lambda: api.machine_password(place.project(), 'web["a"]', file)) == "MC1039"


def test_access_knows_user_addresses_and_the_key_that_was_made(place: Place) -> None:
    access = api.machine_access(place.project(), 'web["a"]')
    assert (access.user, access.key_owner) == ("ubuntu", "key")
    assert access.public.startswith("198.18.")
    assert access.private.startswith("10.0.1.")
    assert access.alias.startswith("mock-i-")
    assert access.key is not None
    assert access.key.reveal().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert "PRIVATE" not in repr(access)
    assert access.known_hosts == place.folder / ".mcflow/ssh/shop/default/known_hosts"
    assert code(lambda: api.machine_access(place.project(), "web")) == "MC1052"


def test_the_user_of_the_blueprint_counts(place: Place) -> None:
    place.write(RESOURCES.replace("public_ip: true", "public_ip: true, user: deploy"))
    place.apply()
    assert api.machine_access(place.project(), 'web["a"]').user == "deploy"


def test_a_kubeconfig_has_a_name_of_its_own(place: Place) -> None:
    place.write(CLUSTER)
    place.apply()
    found = api.kubeconfig(place.project(), "k8s")
    assert repr(found) == "(sensitive)"
    document = found.reveal()
    assert document["current-context"] == "shop-k8s"
    assert [each["name"] for part in ("clusters", "users", "contexts") for each in document[part]] == ["shop-k8s"] * 3
    assert document["contexts"][0]["context"] == {"cluster": "shop-k8s", "user": "shop-k8s"}
    assert document["users"][0]["user"]["token"].startswith("mock-token-")
    assert code(lambda: api.kubeconfig(place.project(), "net")) == "MC1031"
    assert code(lambda: api.kubeconfig(place.project(), "k8")) == "MC0773"


def test_a_kubeconfig_that_is_none_is_the_drivers_fault(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.drivers.mock import driver

    place.write(CLUSTER)
    place.apply()
    monkeypatch.setitem(driver.derivations, "kubeconfig", lambda *args: Secret("clusters: 5"))
    assert code(lambda: api.kubeconfig(place.project(), "k8s")) == "MC1053"
