"""Metrics and events of OpenStack: Gnocchi's measures as its API tells them, diagnostics, counters, actions, messages."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack.measures import diagnosis
from mcflow.drivers.openstack.session import Reply
from mcflow.drivers.openstack.telemetry import MOST_SERVERS, TELEMETRY
from mcflow.drivers.sdk import AccessDenied, NotFound, Subject, Window

SERVER = Subject("web/server", "openstack.server", "s-1")
OTHER = Subject("db/server", "openstack.server", "s-2")
START = 1_795_392_000.0
WINDOW = Window(START, START + 1800, 300)


class Cloud(StubSession):
    """A cloud without Gnocchi."""

    has: tuple[str, ...] = ("compute", "network", "block-storage", "load-balancer", "object-store")

    def catalog(self) -> dict[str, str]:
        return {service: f"http://127.0.0.1/{service}" for service in self.has}


def measured(*values: float, step: float = 300.0, first: float = START - 300) -> list[list[Any]]:
    """Measures as Gnocchi answers them, with coarser ones before."""
    rows = [[datetime.fromtimestamp(first + at * step, UTC).isoformat(), step, value] for at, value in enumerate(values)]
    return [["2026-11-22T23:00:00+00:00", 3600.0, 1.0], *rows]


def gnocchi(**more: Any) -> Cloud:
    asked: list[Any] = []

    def instances(body: Any, _params: Any) -> list[Any]:
        asked.append(body)
        return [{"id": "s-1", "metrics": {"cpu": "m-cpu", "memory.usage": "m-memory", "vcpus": "m-vcpus"}}, {"id": "s-2", "metrics": {}}]

    api = Cloud({
        "POST metric /v1/search/resource/instance": instances,
        "POST metric /v1/search/resource/instance_disk": [
            {"id": "d-1", "instance_id": "s-1", "metrics": {"disk.device.read.bytes": "m-vda"}},
            {"id": "d-2", "instance_id": "s-1", "metrics": {"disk.device.read.bytes": "m-vdb"}}],
        "POST metric /v1/search/resource/instance_network_interface": NotFound("Resource type does not exist"),
        # Half of two processors: 300 seconds of processor time in 300 seconds.
        "GET metric /v1/metric/m-cpu/measures": measured(0, 300e9, 600e9, 100e9, 400e9),
        "GET metric /v1/metric/m-vcpus/measures": measured(2), "GET metric /v1/metric/m-memory/measures": measured(256, 512),
        "GET metric /v1/metric/m-vda/measures": measured(0, 3000, 6000),
        "GET metric /v1/metric/m-vdb/measures": measured(0, 300, 600), **more})
    api.has = (*Cloud.has, "metric")
    return api


def test_counters_become_rates_and_processors_and_disks_are_put_together() -> None:
    api = gnocchi()
    told = {(each.subject, each.metric): each for each in TELEMETRY.metrics(api, [SERVER, OTHER], (), WINDOW)}
    cpu = told["web/server", "cpu"]
    # What counts anew after a reboot says nothing.
    assert [(at - START, round(value)) for at, value in cpu.points] == [(0, 50), (300, 50), (900, 50)]
    assert (cpu.unit, cpu.step) == ("%", 300)
    assert told["web/server", "memory"].points == [(START, 512 * 1024 ** 2)]
    assert told["web/server", "disk_read"].points == [(START, 11.0), (START + 300, 11.0)]
    assert told["web/server", "network_in"].points == []
    assert told["db/server", "cpu"].points == []
    searches = [body for asked, body in api.requests if asked.startswith("POST")]
    assert searches == [{"in": {"id": ["s-1", "s-2"]}}, {"in": {"instance_id": ["s-1", "s-2"]}}, {"in": {"instance_id": ["s-1", "s-2"]}}]
    asked = dict(api.requests)["GET metric /v1/metric/m-cpu/measures"]
    assert asked["aggregation"] == "mean"
    assert asked["start"] < "2026-11-23T00:00:00"


def test_only_what_is_asked_for_is_looked_up() -> None:
    api = gnocchi()
    assert [each.metric for each in TELEMETRY.metrics(api, [SERVER], ["memory"], WINDOW)] == ["memory"]
    assert [asked for asked, _ in api.requests] == ["POST metric /v1/search/resource/instance", "GET metric /v1/metric/m-memory/measures"]


def test_an_address_that_names_the_version_is_not_given_it_again() -> None:
    class Versioned(Cloud):
        def catalog(self) -> dict[str, str]:
            return {"metric": "http://127.0.0.1/metric/v1/"}

    api = Versioned({"POST metric /search/resource/instance": []})
    assert [each.points for each in TELEMETRY.metrics(api, [SERVER], ["memory"], WINDOW)] == [[]]


DIAGNOSTICS = {
    "state": "running", "uptime": 1000, "num_cpus": 2,
    "cpu_details": [{"id": 0, "time": 500_000_000_000, "utilisation": 9}, {"id": 1, "time": 0}],
    "memory_details": {"maximum": 2048, "used": 512}, "disk_details": [{"read_bytes": 1000, "write_bytes": None}, {"read_bytes": 2000}],
    "nic_details": [{"rx_octets": 5000, "tx_octets": 1000, "mac_address": "fa:16:3e:00:00:01"}],
}


def test_without_gnocchi_diagnostics_tell_of_this_moment() -> None:
    api = Cloud({"GET compute /servers/s-1/diagnostics": DIAGNOSTICS})
    told = {each.metric: each for each in TELEMETRY.metrics(api, [SERVER], (), WINDOW)}
    assert {name: each.points[0][1] for name, each in told.items() if each.points} == {
        "cpu": 25.0, "memory": 512 * 1024 ** 2, "disk_read": 3.0, "network_in": 5.0, "network_out": 1.0}
    assert told["cpu"].title == "CPU, mean since its start"
    assert told["disk_write"].points == []


def test_hypervisors_that_tell_less() -> None:
    assert diagnosis({"cpu_details": [{"utilisation": 10}, {"utilisation": 30}]}) == {"cpu": 20.0}
    assert diagnosis({"uptime": 0, "cpu_details": [{"time": 5}], "nic_details": [{"rx_octets": 1}]}) == {}
    assert diagnosis({}) == {}


def test_a_refusal_is_told() -> None:
    api = Cloud({"GET compute /servers/s-1/diagnostics": AccessDenied("no", permission="os_compute_api:os-server-diagnostics")})
    with pytest.raises(AccessDenied):
        list(TELEMETRY.metrics(api, [SERVER], (), WINDOW))


def test_counters_of_load_balancers_and_containers() -> None:
    api = Cloud({
        "GET load-balancer /lbaas/loadbalancers/lb-1/stats": {"stats": {
            "active_connections": 3, "total_connections": 40, "bytes_in": 5, "bytes_out": 6, "request_errors": 0}},
        "HEAD object-store /a%20b": Reply(None, {"x-container-bytes-used": "77", "x-container-object-count": "2"})})
    subjects = [Subject("lb/balancer", "openstack.load_balancer", "lb-1"), Subject("files/container", "openstack.container", "a b")]
    told = {each.metric: each.points[0][1] for each in TELEMETRY.metrics(api, subjects, (), WINDOW)}
    assert told == {"connections": 3, "all_connections": 40, "received": 5, "sent": 6, "errors": 0, "stored": 77, "objects": 2}
    assert [each.metric for each in TELEMETRY.metrics(api, subjects, ["objects"], WINDOW)] == ["objects"]
    assert {each for subject in subjects for each in TELEMETRY.measures(subject.type)} == told.keys()
    assert TELEMETRY.measures("openstack.network") == ()


def action(name: str, at: str = "2026-11-23T10:00:00.000000", **more: Any) -> dict[str, Any]:
    return {"action": name, "request_id": f"req-{name}", "start_time": at, "user_id": "u-1", "message": None, **more}


SINCE, UNTIL = datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp(), datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def acting(**more: Any) -> Cloud:
    api = Cloud({
        "GET compute /servers/s-1/os-instance-actions": {"instanceActions": [
            action("create"), action("live_migration", message="Error", user_id="u-2"), action("reboot", "2026-11-22T10:00:00")]},
        "GET compute /servers/s-1/os-instance-actions/req-live_migration": {"instanceAction": {"events": [
            {"event": "conductor_live_migrate_instance", "result": "Error", "details": "No valid host"},
            {"event": "x", "result": "Success"}]}},
        **more})
    access = SimpleNamespace(user_id="u-1", username="ann")
    api._cloud = SimpleNamespace(session=SimpleNamespace(auth=SimpleNamespace(get_access=lambda _session: access)))
    return api


def test_actions_of_a_server_say_who_and_what_failed() -> None:
    created, migrated = TELEMETRY.events(acting(), "Nova actions", [SERVER], SINCE, UNTIL)
    assert (created.what, created.who, created.severity, created.object) == ("create", "ann", "info", "s-1")
    assert (migrated.what, migrated.who, migrated.severity) == (
        "live migration: conductor_live_migrate_instance failed No valid host", "u-2", "error")


def test_of_a_connection_deleted_servers_are_asked_for_too() -> None:
    api = acting(**{"GET compute /servers": {"servers": [{"id": "s-1"}, {"id": "gone"}]}})
    told = TELEMETRY.events(api, "Nova actions", None, SINCE, UNTIL)
    assert [each.what.partition(":")[0] for each in told] == ["create", "live migration"]
    assert dict(api.requests)["GET compute /servers"] == {"changes-since": "2026-11-23T09:00:00Z"}


def test_it_is_said_where_the_look_ended() -> None:
    rows = [{"id": f"s-{number}"} for number in range(MOST_SERVERS + 3)]
    told = list(TELEMETRY.events(Cloud({"GET compute /servers": {"servers": rows}}), "Nova actions", None, SINCE, UNTIL))
    assert [each.kind for each in told] == ["cut"]
    assert told[0].what.startswith("3 more servers")


def message(id: str, about: str) -> dict[str, Any]:
    return {"id": id, "resource_uuid": about, "resource_type": "VOLUME", "message_level": "ERROR",
            "created_at": "2026-11-23T10:00:00.000000",
            "user_message": "schedule allocate volume: Could not find any available weighted backend."}


def test_messages_about_volumes() -> None:
    api = Cloud({"GET block-storage /messages": {"messages": [message("1", "v-1"), message("2", "v-2")]}})
    volume = Subject("data/volume", "openstack.volume", "v-1")
    told, = TELEMETRY.events(api, "Cinder messages", [volume, SERVER], SINCE, UNTIL)
    assert told.what == "volume schedule allocate volume: Could not find any available weighted backend."
    assert (told.object, told.severity, told.who) == ("v-1", "error", "")
    assert not list(TELEMETRY.events(Cloud(), "Cinder messages", [SERVER], SINCE, UNTIL))


def test_messages_of_other_projects_are_left_out() -> None:
    api = Cloud({"GET block-storage /messages": {"messages": [message("1", "v-1"), message("2", "v-2"), message("3", "snap-1")]},
                 "GET block-storage /volumes": {"volumes": [{"id": "v-1"}]},
                 "GET block-storage /snapshots": {"snapshots": [{"id": "snap-1"}]}})
    assert [each.object for each in TELEMETRY.events(api, "Cinder messages", None, SINCE, UNTIL)] == ["v-1", "snap-1"]


def test_a_service_that_the_cloud_lacks_tells_nothing() -> None:
    assert not list(TELEMETRY.events(Cloud(), "Manila messages", None, SINCE, UNTIL))
