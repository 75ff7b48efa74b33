"""Trove's types: requests as openstacksdk's models of the API make them."""

from __future__ import annotations

from typing import Any

import pytest
from openstack.database.v1.database import Database
from openstack.database.v1.instance import Instance
from openstack.database.v1.user import User
from tests.unit.drivers.openstack.stub import INTENT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Again, Submitted

TROVE = "database"
ROW: dict[str, Any] = {
    "id": "d1", "name": "shop", "status": "ACTIVE", "flavor": {"id": "2"}, "volume": {"size": 20, "type": "ssd"},
    "datastore": {"type": "mysql", "version": "8.0.29"}, "access": {"is_public": False}, "ip": ["10.0.0.8"],
    "created": "2026-01-01T00:00:00"}
INSTANCE = driver.natives["openstack.database_instance"]
DATABASE = driver.natives["openstack.database"]
USER = driver.natives["openstack.database_user"]


def test_paths_are_those_of_the_sdk() -> None:
    assert INSTANCE.noun.path == Instance.base_path
    for native, model in ((DATABASE, Database), (USER, User)):
        assert native.noun.path == model.base_path.replace("%(", "{").replace(")s", "}")
        assert native.noun.rows == model.resources_key


def test_an_instance_is_made_by_one_request() -> None:
    api = StubSession({f"POST {TROVE} /instances": {"instance": ROW}})
    want = {"name": "shop", "datastore_type": "mysql", "datastore_version": "8.0.29", "flavor_id": "2", "volume_size": 20,
            "nics": [{"network_id": "n1", "subnet_id": "s1"}]}
    assert INSTANCE.create(api, want, INTENT).id == "d1"
    assert api.changes[0][1] == {Instance.resource_key: {
        "name": "shop", "flavorRef": "2", "volume": {"size": 20}, "datastore": {"type": "mysql", "version": "8.0.29"},
        "nics": [{"network_id": "n1", "subnet_id": "s1"}]}}


def test_an_instance_is_read() -> None:
    seen, = INSTANCE.observe(StubSession({f"GET {TROVE} /instances/d1": {"instance": ROW}}), ["d1"])
    assert seen.attributes == {
        "name": "shop", "datastore_type": "mysql", "datastore_version": "8.0.29", "flavor_id": "2", "volume_size": 20, "volume_type": "ssd",
        "is_public": False, "hostname": "10.0.0.8", "status": "ACTIVE"}
    assert INSTANCE.portray(seen.attributes) == {"name": "shop", "datastore_type": "mysql", "datastore_version": "8.0.29", "flavor_id": "2",
                                                 "volume_size": 20}


@pytest.mark.parametrize(("status", "shown"), [("BUILD", "pending"), ("HEALTHY", "ready"), ("ERROR", "failed"), ("RESIZE", "pending")])
def test_what_an_instance_is_at(status: str, shown: str) -> None:
    seen, = INSTANCE.observe(StubSession({f"GET {TROVE} /instances/d1": {"instance": {**ROW, "status": status}}}), ["d1"])
    assert seen.status == shown


@pytest.mark.parametrize(("group", "want", "asked", "body"), [
    ("flavor", {"flavor_id": "3"}, "POST {}/action", {"resize": {"flavorRef": "3"}}),
    ("volume", {"volume_size": 30}, "POST {}/action", {"resize": {"volume": {"size": 30}}}),
    ("upgrade", {"datastore_version": "8.4"}, "PATCH {}", {"instance": {"datastore_version": "8.4"}}),
    ("access", {"is_public": True}, "PUT {}", {"instance": {"access": {"is_public": True, "allowed_cidrs": []}}}),
])
def test_an_instance_changes(group: str, want: dict[str, Any], asked: str, body: dict[str, Any]) -> None:
    method, _, path = asked.format("/instances/d1").partition(" ")
    api = StubSession({f"{method} {TROVE} {path}": None})
    assert isinstance(INSTANCE.update(api, "d1", want, {}, group), Submitted)
    assert api.changes == [(f"{method} {TROVE} {path}", body)]


def test_a_database_is_known_by_its_name_in_the_instance() -> None:
    api = StubSession({f"POST {TROVE} /instances/d1/databases": None, f"DELETE {TROVE} /instances/d1/databases/shop": None,
                       f"GET {TROVE} /instances/d1/databases": {"databases": [{"name": "shop"}, {"name": "stock"}]}})
    want = {"instance_id": "d1", "name": "shop"}
    assert DATABASE.create(api, want, INTENT).id == "d1|shop"
    assert api.changes[0][1] == {"databases": [{"name": "shop"}]}
    assert [seen.id for seen in DATABASE.find(api, want, INTENT)] == ["d1|shop"]
    assert [seen.id for seen in DATABASE.observe(api, ["d1|stock"])] == ["d1|stock"]
    DATABASE.delete(api, "d1|shop", {})
    assert api.changes[-1][0] == f"DELETE {TROVE} /instances/d1/databases/shop"


def test_a_users_password_is_sent_and_never_read() -> None:
    users = {"users": [{"name": "ann", "host": "%", "databases": [{"name": "shop"}]}]}
    api = StubSession({f"POST {TROVE} /instances/d1/users": None, f"PUT {TROVE} /instances/d1/users/ann": None,
                       f"GET {TROVE} /instances/d1/users": users})
    USER.create(api, {"instance_id": "d1", "name": "ann", "password": "long enough", "databases": ["shop"]}, INTENT)
    assert api.changes[0][1] == {"users": [{"name": "ann", "password": "long enough", "databases": [{"name": "shop"}]}]}
    seen, = USER.observe(api, ["d1|ann"])
    assert seen.attributes == {"instance_id": "d1", "name": "ann", "host": "%", "databases": ["shop"]}
    USER.update(api, "d1|ann", {"password": "another one"}, {}, "password")
    assert api.changes[-1] == (f"PUT {TROVE} /instances/d1/users/ann", {"user": {"password": "another one"}})


def test_databases_are_granted_and_revoked_call_by_call() -> None:
    have = [{"name": "old"}, {"name": "older"}]
    place = f"{TROVE} /instances/d1/users/ann/databases"
    api = StubSession({
        f"GET {TROVE} /instances/d1/users": lambda body, params: {"users": [{"name": "ann", "databases": list(have)}]},
        f"PUT {place}": lambda body, params: have.extend(body["databases"]),
        f"DELETE {place}/old": lambda body, params: have.remove({"name": "old"}),
        f"DELETE {place}/older": lambda body, params: have.remove({"name": "older"})})
    rounds = 0
    while isinstance(USER.update(api, "d1|ann", {"databases": ["shop"]}, {}, "databases"), Again):
        rounds += 1
        assert len(api.changes) == rounds, "one change a time"
    assert have == [{"name": "shop"}]
