"""Runs on an encrypted state, through the engine's door: plans, plan files, another key, and back to clear."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Rejected

KEYS = {name: base64.b64encode(bytes([index]) * 32).decode() for index, name in enumerate(("ONE", "TWO"))}
PASSWORD = "sentinel-5up3r-s3cret"

NET = """
state: {state}
variables:
  password: {{type: string, sensitive: true, default: PASSWORD}}
resources:
  net: {{type: vpc, properties: {{cidr: 10.0.0.0/16}}}}
  app: {{type: subnet, properties: {{vpc: "{{{{ resources.net }}}}", cidr: 10.0.1.0/24}}}}
  server:
    type: vm
    properties: {{subnet: "{{{{ resources.app }}}}", image: {{os: ubuntu}}, spec: {{vcpus: 2}}, user_data: "{{{{ vars.password }}}}"}}
outputs:
  shown: {{value: "{{{{ vars.password }}}}", sensitive: true}}
""".replace("PASSWORD", PASSWORD)


class KeyShop(Shop):
    """A shop whose state has keys."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environ = {**KEYS, "PHRASE": "correct horse battery staple"}

    def state(self, text: str) -> None:
        self.write(NET.format(state=text))

    def project(self) -> Any:
        return api.open_project(ProjectOptions(self.folder), Ports(user_config=self.folder / "user", environ=self.environ))

    def save(self) -> Path:
        project = self.project()
        path = self.folder / "shop.plan"
        api.save_plan(project, api.plan(project, api.PlanOptions()), path)
        return path

    def load(self) -> str:
        """The code it is refused with; empty if it is not."""
        try:
            api.load_plan(self.project(), self.folder / "shop.plan")
        except Rejected as refused:
            return "the key is told" if any(key in str(refused) for key in KEYS.values()) else refused.diagnostics[0].code
        return ""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyShop:
    monkeypatch.setattr("mcflow.state.keys.passphrase.MEMORY", 64)
    monkeypatch.setattr("mcflow.state.keys.passphrase.PASSES", 1)
    return KeyShop(tmp_path)


def everything(shop: KeyShop) -> bytes:
    return b"".join(path.read_bytes() for path in (shop.folder / ".mcflow").rglob("*") if path.is_file())


def test_an_encrypted_state_works_as_any_other(shop: KeyShop) -> None:
    shop.state("{encrypt: true, key: env:ONE}")
    shop.apply()
    assert shop.plan().empty
    assert not any(word in everything(shop) for word in (b"10.0.1.0", b"app/subnet", b"mock.vpc", PASSWORD.encode()))
    (entry,) = api.history(shop.project()).entries
    assert entry["natives"] == len(api.read_state(shop.project()).state.natives)
    assert api.outputs(shop.project(), reveal=True) == {"shown": PASSWORD}
    shop.apply(mode="destroy")
    assert not api.read_state(shop.project()).state.natives


@pytest.mark.parametrize("encrypt", ["true", "false"])
def test_another_key_changes_nothing_in_the_clouds(shop: KeyShop, encrypt: str) -> None:
    shop.state(f"{{encrypt: {encrypt}, key: env:ONE}}")
    shop.apply()
    shop.state(f"{{encrypt: {encrypt}, key: 'passphrase:env:PHRASE', previous_keys: [env:ONE]}}")
    assert shop.plan().empty, "both keys are there"
    done = api.rekey(shop.project(), ApplyOptions())
    assert (done.dropped, done.left, done.encrypted) == (0, (), encrypt == "true")
    assert done.secrets > 0
    assert done.fingerprints > 0
    assert shop.plan().empty
    shop.state(f"{{encrypt: {encrypt}, key: 'passphrase:env:PHRASE'}}")
    shop.environ = {"PHRASE": shop.environ["PHRASE"]}
    assert shop.plan().empty
    assert api.outputs(shop.project(), reveal=True) == {"shown": PASSWORD}
    assert [entry["mode"] for entry in api.audit(shop.project())] == ["rekey", "apply"]


def test_leaving_encryption(shop: KeyShop) -> None:
    shop.state("{encrypt: true, key: env:ONE}")
    shop.apply()
    shop.state("{key: env:ONE}")
    with pytest.raises(Rejected) as refused:
        shop.apply()
    assert refused.value.diagnostics[0].code == "MC0768"
    assert shop.plan().empty
    api.decrypt(shop.project(), ApplyOptions())
    assert b"10.0.1.0" in everything(shop)
    assert PASSWORD.encode() not in everything(shop)
    assert shop.plan().empty
    shop.apply()


def test_an_encrypted_plan_file(shop: KeyShop) -> None:
    shop.state("{encrypt: true, key: env:ONE}")
    data = shop.save().read_bytes()
    assert b"10.0.1.0" not in base64.b64decode(json.loads(data)["sealed"])
    for at in range(0, len(data), 97):
        (shop.folder / "shop.plan").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        assert shop.load() in ("MC0640", "MC0770"), at
    (shop.folder / "shop.plan").write_bytes(data)
    assert shop.load() == ""
    shop.state("{encrypt: true, key: env:TWO}")
    assert shop.load() == "MC0770"
    shop.state("{encrypt: true, key: env:ONE}")
    shop.apply(api.load_plan(shop.project(), shop.folder / "shop.plan"))
    assert shop.plan().empty


def test_a_plan_file_in_clear_is_not_taken_for_an_encrypted_state(shop: KeyShop) -> None:
    shop.state("{key: env:ONE}")
    shop.save()
    shop.state("{encrypt: true, key: env:ONE}")
    assert shop.load() == "MC0770"


@pytest.mark.parametrize("state", ["{key: env:ONE}", "{}"])
def test_a_forged_plan_file_is_found_where_there_is_a_key(shop: KeyShop, state: str) -> None:
    shop.state(state)
    shop.apply()
    path = shop.save()
    document = json.loads(path.read_bytes())
    assert document["proof"]
    assert shop.load() == ""

    def forge(**changes: Any) -> None:
        written = {key: value for key, value in {**document, **changes}.items() if value is not None}
        path.write_text(json.dumps(written, separators=(",", ":")))

    plan = {**document["plan"], "environment": "production"}
    digest = hashlib.sha256(json.dumps(plan, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    for changes in ({}, {"proof": None}, {"proof": "00000000." + "0" * 64}, {"proof": "x"}):
        path.write_text("")
        forge(plan=plan, digest=digest, **changes)
        assert shop.load() == "MC0770", changes
    forge(proof=None)
    assert shop.load() == "MC0770"


def test_without_any_key_a_plan_file_needs_none(shop: KeyShop) -> None:
    shop.write("resources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n")
    path = shop.save()
    assert "proof" not in json.loads(path.read_bytes())
    assert shop.load() == ""
    assert not (shop.folder / "user").exists()


@pytest.mark.parametrize("encrypt", ["true", "false"])
def test_a_plan_file_for_a_state_without_a_data_key_brings_its_own(shop: KeyShop, encrypt: str) -> None:
    shop.state(f"{{encrypt: {encrypt}, key: 'passphrase:env:PHRASE'}}")
    path = shop.save()
    shop.apply(api.load_plan(shop.project(), path))
    assert shop.plan().empty
    assert api.outputs(shop.project(), reveal=True) == {"shown": PASSWORD}


def test_a_shared_store_needs_a_key_that_others_have(shop: KeyShop) -> None:
    shop.state("{s3: {bucket: acme-state, region: eu-central-1}, encrypt: true}")
    with pytest.raises(Rejected) as refused:
        shop.project()
    assert refused.value.diagnostics[0].code == "MC0765"
    shop.state("{s3: {bucket: acme-state, region: eu-central-1}}")
    with pytest.raises(Rejected) as refused:
        shop.project().sealer.seal("x")
    assert refused.value.diagnostics[0].code == "MC0765"
    shop.state("{s3: {bucket: acme-state, region: eu-central-1}, encrypt: true, key: env:ONE}")
    assert shop.project().sealer.seal("x")
