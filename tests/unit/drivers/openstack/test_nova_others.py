"""Keys, server groups and flavors."""

from __future__ import annotations

from typing import Any

from tests.unit.drivers.openstack.stub import INTENT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Again, Submitted

KEY, GROUP, FLAVOR = (driver.natives[f"openstack.{name}"] for name in ("key_pair", "server_group", "flavor"))
PUBLIC = "ssh-ed25519 AAAA me"


def test_a_key_is_known_by_its_name() -> None:
    api = StubSession({"POST compute /os-keypairs": {"keypair": {"name": "admin", "fingerprint": "aa:bb"}}})
    assert KEY.create(api, {"name": "admin", "public_key": PUBLIC}, INTENT).id == "admin"
    assert api.changes == [("POST compute /os-keypairs", {"keypair": {"name": "admin", "public_key": PUBLIC}})]


def test_keys_are_listed_once_and_looked_up_one_by_one() -> None:
    rows = [{"keypair": {"name": name, "public_key": f"{PUBLIC}\n", "type": "ssh", "fingerprint": "aa"}} for name in ("a", "b", "c")]
    api = StubSession({"GET compute /os-keypairs": {"keypairs": rows}, "GET compute /os-keypairs/b": rows[1]})
    assert [seen.id for seen in KEY.observe(api, ["a", "c"])] == ["a", "c"]
    assert [asked for asked, _ in api.requests] == ["GET compute /os-keypairs"]
    assert [seen.id for seen in KEY.find(api, {"name": "b"}, INTENT)] == ["b"]
    assert list(KEY.find(api, {"name": "d"}, INTENT)) == []
    assert KEY.normalise("public_key", f"{PUBLIC}\n") == KEY.normalise("public_key", PUBLIC), "a line's end is no other key"


def test_a_server_group_of_the_project_is_found_by_its_name() -> None:
    rows = [{"id": "1", "name": "apart", "policy": "anti-affinity", "rules": {"max_server_per_host": 2}, "project_id": "project-1"},
            {"id": "2", "name": "apart", "policy": "affinity", "rules": {}, "project_id": "other"}]
    api = StubSession({"GET compute /os-server-groups": {"server_groups": rows},
                       "POST compute /os-server-groups": {"server_group": rows[0]}})
    found, = GROUP.find(api, {"name": "apart"}, INTENT)
    assert (found.id, found.attributes["rules"]) == ("1", {"max_server_per_host": 2})
    GROUP.create(api, {"name": "apart", "policy": "anti-affinity", "rules": {"max_server_per_host": 2}}, INTENT)
    assert api.changes[0][1] == {"server_group": {"name": "apart", "policy": "anti-affinity", "rules": {"max_server_per_host": 2}}}


def flavor(**changes: Any) -> dict[str, Any]:
    return {"id": "7", "name": "big", "ram": 2048, "vcpus": 2, "disk": 20, "swap": "", "rxtx_factor": 1.0, "description": None,
            "OS-FLV-EXT-DATA:ephemeral": 0, "os-flavor-access:is_public": True, "extra_specs": {}, **changes}


def test_a_flavor_is_named_as_nova_names_its_parts() -> None:
    api = StubSession({"POST compute /flavors": {"flavor": flavor()}, "GET compute /flavors/7": {"flavor": flavor()}})
    want = {"name": "big", "ram": 2048, "vcpus": 2, "disk": 20, "ephemeral": 5, "is_public": False, "flavorid": "7"}
    assert FLAVOR.create(api, want, INTENT).id == "7"
    assert api.changes[0][1]["flavor"] == {"name": "big", "ram": 2048, "vcpus": 2, "disk": 20, "OS-FLV-EXT-DATA:ephemeral": 5,
                                           "os-flavor-access:is_public": False, "id": "7"}
    seen, = FLAVOR.observe(api, ["7"])
    assert seen.attributes["swap"] == 0
    assert FLAVOR.portray(seen.attributes) == {"name": "big", "ram": 2048, "vcpus": 2, "disk": 20}


def test_extra_specs_are_settled_call_by_call_and_those_of_others_stay() -> None:
    specs = {"ours": "old", "gone": "x", "theirs": "1"}
    api = StubSession({"GET compute /flavors/7": {"flavor": flavor(extra_specs=specs)}, "POST compute /flavors/7/os-extra_specs": {},
                       "DELETE compute /flavors/7/os-extra_specs/gone": None})
    want, last = {"extra_specs": {"ours": "new"}}, {"extra_specs": {"ours": "old", "gone": "x"}}
    assert isinstance(FLAVOR.update(api, "7", want, last, "extra_specs"), Again)
    assert api.changes == [("POST compute /flavors/7/os-extra_specs", {"extra_specs": {"ours": "new"}})]
    specs["ours"] = "new"
    assert isinstance(FLAVOR.update(api, "7", want, last, "extra_specs"), Again)
    assert api.changes[1][0] == "DELETE compute /flavors/7/os-extra_specs/gone"
    del specs["gone"]
    assert FLAVOR.update(api, "7", want, last, "extra_specs") == Submitted("7")
    assert specs == {"ours": "new", "theirs": "1"}
