"""Raw calls: how operations are spelled, what is refused before it is sent, pages, secrets; and what openstacksdk's models tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack.descriptions import models
from mcflow.drivers.openstack.raw import RAW, effect
from mcflow.drivers.openstack.session import Reply, next_page
from mcflow.drivers.sdk import ApiOperation, NotFound, UnknownNameError, WrongParametersError
from mcflow.engine.operate.raw import MASK, covered


class Cloud(StubSession):
    """Notes everything that a call is given."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        super().__init__(answers)
        self.sent: list[dict[str, Any]] = []

    def call(self, service: str, method: str, path: str, **options: Any) -> Reply:
        self.sent.append({"method": method, "path": path, **options})
        return super().call(service, method, path, **options)


def described(text: str, service: str = "compute") -> ApiOperation:
    return RAW.describe(StubSession(), service, text)


def test_services_are_those_of_the_catalog_by_type_or_project() -> None:
    assert "load-balancer" in RAW.services(StubSession())
    assert RAW.describe(StubSession(), "Neutron", "GET /networks").service == "network"
    with pytest.raises(UnknownNameError) as unknown:
        RAW.operations(StubSession(), "neutrino")
    assert (unknown.value.what, "network" in unknown.value.known) == ("service", True)


def test_operations_are_those_of_the_sdks_models() -> None:
    found = {each.name: each for each in RAW.operations(StubSession(), "compute")}
    assert (found["GET /servers"].effect, found["GET /servers"].pages) == ("read", True)
    assert found["DELETE /servers/{id}"].effect == "write"
    assert "GET /servers/{server_id}/os-instance-actions" in found
    assert RAW.operations(StubSession(), "metric") == []


def test_every_service_that_the_driver_knows_is_described() -> None:
    silent = [service for service in StubSession().catalog() if not models(service)]
    assert silent == ["metric"]
    assert models("no-such-service") == models("../compute") == models("config") == ()


@pytest.mark.parametrize(("text", "name"), [
    ("GET /servers", "GET /servers"), ("get /servers", "GET /servers"), ("/servers/detail?limit=2", "GET /servers/detail?limit=2"),
    ("POST /servers/{id}/action", "POST /servers/{id}/action")])
def test_spellings(text: str, name: str) -> None:
    assert described(text).name == name


@pytest.mark.parametrize("text", ["servers.list", "GIT /servers", "GET servers", "GET http://elsewhere/servers", "GET /servers now", ""])
def test_what_is_no_method_and_path(text: str) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        described(text)
    assert unknown.value.what == "operation"
    # Nobody is told to delete something who did not say so.
    assert all(each.startswith("GET ") for each in unknown.value.known)


def test_an_address_is_never_taken_for_a_path() -> None:
    with pytest.raises(WrongParametersError):
        described("GET //elsewhere/servers")


def test_what_requests_can_do() -> None:
    assert effect("compute", "GET", "/servers/1/os-server-password") == "read"
    assert effect("identity", "GET", "/users/1/credentials/OS-EC2?x=1") == "secret"
    assert effect("key-manager", "GET", "/secrets/1/payload") == "secret"
    assert effect("metric", "POST", "/v1/search/resource/instance") == "read"
    assert effect("compute", "POST", "/servers/1/action") == "write"
    assert effect("network", "POST", "/search") == "write"


def test_parameters_of_an_operation() -> None:
    paths = {each.path: each for each in described("PUT /servers/{id}").parameters}
    assert paths["id"].required
    assert 'server' in paths["body"].about
    assert paths["body.server.locked"].kind == "true or false"
    listing = [each.path for each in described("GET /servers").parameters]
    assert "query.changes-since" in listing
    assert "body" not in listing
    assert described("GET /os-novelties/1").about == "GET of a path that openstacksdk does not describe"


def check(text: str, **parameters: Any) -> None:
    RAW.check(StubSession(), described(text), parameters)


def test_parameters_are_checked_before_anything_is_sent() -> None:
    check("GET /servers/{id}", id="s-1", query={"a": 1}, headers={"accept": "x"}, microversion="2.90")
    check("POST /servers", body={"server": {}}, microversion="latest")
    with pytest.raises(UnknownNameError) as unknown:
        check("GET /servers/{id}", ide="s-1")
    assert unknown.value.known == ("id", "query", "body", "headers", "microversion")
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("id", {}), ("id", {"id": ".."}), ("query", {"id": "1", "query": []}), ("body", {"id": "1", "body": {}}),
        ("microversion", {"id": "1", "microversion": "new"}), ("headers.X-Auth-Token", {"id": "1", "headers": {"X-Auth-Token": "t"}}),
        ("headers.accept", {"id": "1", "headers": {"accept": 1}})]
    for where, parameters in wrong:
        with pytest.raises(WrongParametersError) as refused:
            check("GET /servers/{id}", **parameters)
        assert [name for name, _ in refused.value.problems] == [where]
    with pytest.raises(WrongParametersError):
        check("POST /servers", body="text")


def call(api: StubSession, text: str, service: str = "compute", *, all_pages: bool = False, **parameters: Any) -> Any:
    return RAW.call(api, RAW.describe(api, service, text), parameters, all_pages=all_pages)


def test_a_call_is_sent_as_it_is_said() -> None:
    api = Cloud({"POST compute /servers/a%2Fb/action": None})
    call(api, "POST /servers/{id}/action?dry=1", id="a/b", body={"reboot": {}}, query={"x": ["1", "2"]}, microversion="2.95",
         headers={"h": "v"})
    assert api.sent == [{"method": "POST", "path": "/servers/a%2Fb/action", "params": {"dry": ["1"], "x": ["1", "2"]},
                         "json": {"reboot": {}}, "headers": {"h": "v"}, "microversion": "2.95"}]


def test_answers_that_are_no_object() -> None:
    api = StubSession({"GET metric /v1/metric": [{"id": 1}], "GET object-store /a/b": "text",
                       "HEAD object-store /a": Reply(None, {"x-a": "1"}), "DELETE network /ports/1": Reply(None, {"x-b": "2"})})
    assert call(api, "GET /v1/metric", "metric").data == {"items": [{"id": 1}]}
    assert call(api, "GET /a/b", "object-store").data == {"text": "text"}
    assert call(api, "HEAD /a", "object-store").data == {"headers": {"x-a": "1"}}
    assert call(api, "DELETE /ports/{id}", "network", id="1").data == {"headers": {"x-b": "2"}}


PAGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nova": ({"rows": [1, 2], "rows_links": [{"rel": "next", "href": "http://h/rows?marker=2"}]}, {"rows": [3]}),
    "glance": ({"rows": [1, 2], "next": "/v2/rows?marker=2"}, {"rows": [3]}),
    "keystone": ({"rows": [1, 2], "links": {"self": "x", "next": "http://h/rows?marker=2"}}, {"rows": [3], "links": {"next": None}}),
}


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES)
def test_pages_are_gathered_by_their_links(pages: tuple[dict[str, Any], dict[str, Any]]) -> None:
    api = StubSession({"GET compute /servers": lambda _json, params: pages["marker" in params]})
    assert call(api, "GET /servers", all_pages=True).data["rows"] == [1, 2, 3]
    assert call(api, "GET /servers").data["rows"] == [1, 2]
    assert next_page(pages[0], "rows") == {"marker": ["2"]}
    assert next_page(pages[1], "rows") == {}


def test_an_empty_page_is_the_last_whatever_its_link_says() -> None:
    api = StubSession({"GET compute /servers": {"servers": [], "servers_links": [{"rel": "next", "href": "http://h/servers?marker=2"}]}})
    assert call(api, "GET /servers", all_pages=True).data["servers"] == []
    assert len(api.requests) == 1


def test_secrets_are_covered() -> None:
    api = StubSession({"POST compute /servers": {"server": {"id": "1", "adminPass": "hidden"}}, "GET compute /servers": {"servers": [
        {"name": "a", "OS-EXT-SRV-ATTR:user_data": "hidden"}, {"name": "b", "OS-EXT-SRV-ATTR:user_data": None}]}})
    assert covered(call(api, "POST /servers", body={})) == {"server": {"id": "1", "adminPass": MASK}}
    assert covered(call(api, "GET /servers"))["servers"] == [
        {"name": "a", "OS-EXT-SRV-ATTR:user_data": MASK}, {"name": "b", "OS-EXT-SRV-ATTR:user_data": None}]


def test_a_path_that_is_not_there_is_told_with_one_that_is_near() -> None:
    with pytest.raises(NotFound, match="near is `GET /servers`"):
        call(StubSession({"GET compute /servrs": NotFound("The resource could not be found.")}), "GET /servrs")
    with pytest.raises(NotFound) as plain:
        call(StubSession({"GET compute /servers/1": NotFound("Instance 1 could not be found.")}), "GET /servers/{id}", id="1")
    assert plain.value.message == "Instance 1 could not be found."
