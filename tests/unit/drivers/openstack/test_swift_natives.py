"""Swift's containers: everything is a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.session import Reply
from mcflow.drivers.sdk import Again, Busy, InUse, InvalidRequest, Submitted, Unsupported

SWIFT = "object-store"
INFO = f"GET {SWIFT} http://127.0.0.1/info"
NATIVE = driver.natives["openstack.container"]


class Swift(StubSession):
    """Notes the headers and the body of a change instead of its JSON."""

    def catalog(self) -> dict[str, str]:
        return {SWIFT: "http://127.0.0.1/v1/AUTH_1"}

    def call(self, service: str, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None,
             microversion: str = "", **more: Any) -> Reply:
        return super().call(service, method, path, json=more.get("headers") or more.get("data"), params=params)

    @property
    def changes(self) -> list[tuple[str, Any]]:
        return [(asked, body) for asked, body in super().changes if not asked.startswith("HEAD")]


def told(**headers: str) -> Reply:
    return Reply(None, {name.replace("_", "-"): value for name, value in headers.items()})


def marked(**more: str) -> Reply:
    return told(**{f"x_container_meta_{key.replace('-', '_')}": value for key, value in MARKS.items()}, **more)


def test_one_request_makes_a_container_with_all_that_is_wanted() -> None:
    api = Swift({INFO: {"object_versioning": {}}, f"PUT {SWIFT} /box": None})
    want = {"name": "box", "read_acl": ".r:*", "versions_enabled": True, "cors_allow_origin": ["https://a.example", "https://b.example"],
            "cors_max_age": 60, "tags": {"Team": "café"}}
    assert NATIVE.create(api, want, INTENT).id == "box"
    assert api.changes[0][1] == {
        "x-container-read": ".r:*", "x-versions-enabled": "true", "x-container-meta-access-control-max-age": "60",
        "x-container-meta-access-control-allow-origin": "https://a.example https://b.example",
        "x-container-meta-team": "café".encode().decode("latin-1"), **{f"x-container-meta-{key}": value for key, value in MARKS.items()}}


def test_headers_are_read_as_what_they_mean() -> None:
    answer = marked(x_container_meta_team="café".encode().decode("latin-1"), x_container_meta_quota_count="10", x_versions_enabled="True",
                    x_container_meta_access_control_allow_origin="https://a.example", x_storage_policy="gold",
                    x_container_meta_temp_url_key="secret")
    api = Swift({INFO: {"s3api": {}}, f"HEAD {SWIFT} /box": answer})
    seen, = NATIVE.observe(api, ["box"])
    assert seen.attributes == {
        "name": "box", "versions_enabled": True, "quota_count": 10, "cors_allow_origin": ["https://a.example"], "storage_policy": "gold",
        "url": "http://127.0.0.1/v1/AUTH_1/box", "endpoint": "http://127.0.0.1", "tags": {"team": "café"}}
    assert dict(seen.tags) == {"team": "café", **MARKS}
    assert "secret" not in str(seen)


def test_capitals_of_a_tags_key_mean_nothing() -> None:
    assert NATIVE.normalise("tags", {"Team": "shop"}) == {"team": "shop"}


def test_a_cloud_that_keeps_no_versions_refuses_them_before_anything_is_made() -> None:
    api = Swift({INFO: {"swift": {}}})
    with pytest.raises(Unsupported, match="keeps no versions"):
        NATIVE.create(api, {"name": "box", "versions_enabled": True}, INTENT)
    assert not api.changes


def test_what_is_wanted_no_more_is_emptied() -> None:
    api = Swift({INFO: {}, f"POST {SWIFT} /box": None})
    NATIVE.update(api, "box", {"name": "box", "quota_count": 5}, {"read_acl": ".r:*", "versions_enabled": True}, "settings")
    sent = api.changes[0][1]
    assert (sent["x-container-read"], sent["x-container-meta-quota-count"], sent["x-versions-enabled"]) == ("", "5", "false")
    NATIVE.update(api, "box", {"name": "box"}, {}, "settings")
    assert "x-versions-enabled" not in api.changes[1][1], "a cloud without versions refuses the header"


def test_tags_of_others_stay() -> None:
    shown = marked(x_container_meta_team="shop", x_container_meta_theirs="1", x_container_meta_old="2")
    api = Swift({INFO: {}, f"HEAD {SWIFT} /box": shown, f"POST {SWIFT} /box": None})
    assert isinstance(NATIVE.update(api, "box", {"tags": {"Team": "ops"}}, {"tags": {"team": "shop", "old": "2"}}, "tags"), Submitted)
    assert api.changes[0][1] == {"x-container-meta-team": "ops", "x-container-meta-old": ""}
    NATIVE.update(api, "box", {"tags": {"team": "shop"}}, {"tags": {"team": "shop"}}, "tags")
    assert len(api.changes) == 1, "it is so already"


def test_a_key_that_is_no_header_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="letters, digits and hyphens"):
        NATIVE.create(Swift({INFO: {}}), {"name": "box", "tags": {"a b": "1"}}, INTENT)


def test_a_container_with_objects_in_it_is_in_use() -> None:
    api = Swift({f"DELETE {SWIFT} /box": Busy("There was a conflict when trying to complete your request.", code="409")})
    with pytest.raises(InUse, match="force_destroy"):
        NATIVE.delete(api, "box", {})


def emptied(listing: list[dict[str, Any]], **answers: Any) -> Swift:
    return Swift({f"GET {SWIFT} /box": listing, f"HEAD {SWIFT} /box": told(), f"DELETE {SWIFT} /box": None, INFO: {"bulk_delete": {}},
                  **answers})


def test_it_is_emptied_page_by_page() -> None:
    api = emptied([{"name": "a b"}, {"name": "é/c"}], **{f"POST {SWIFT} /": {"Number Deleted": 2, "Errors": []}})
    assert NATIVE.delete(api, "box", {"force_destroy": True}) == Again("2 objects deleted")
    api.answers[f"GET {SWIFT} /box"] = []
    assert isinstance(NATIVE.delete(api, "box", {"force_destroy": True}), Submitted)
    assert [asked for asked, _ in api.changes] == [f"POST {SWIFT} /", f"DELETE {SWIFT} /box"], "one change a time"


def test_an_object_that_is_not_deleted_stops_it() -> None:
    api = emptied([{"name": "a"}], **{f"POST {SWIFT} /": {"Number Deleted": 0, "Errors": [["box/a", "403 Forbidden"]]}})
    with pytest.raises(InvalidRequest, match="box/a was not deleted: 403"):
        NATIVE.delete(api, "box", {"force_destroy": True})


def test_versions_go_one_by_one_and_objects_too_where_there_is_no_bulk_call() -> None:
    api = emptied([{"name": "a", "version_id": "1.0"}], **{f"HEAD {SWIFT} /box": told(x_versions_enabled="False"),
                                                         f"DELETE {SWIFT} /box/a": None})
    assert NATIVE.delete(api, "box", {"force_destroy": True}) == Again("a version deleted")
    assert [params for asked, params in api.requests if asked == f"GET {SWIFT} /box"] == [
        {"format": "json", "limit": 1000, "versions": "true"}]
    api = emptied([{"name": "a"}], **{INFO: {}, f"DELETE {SWIFT} /box/a": None})
    assert NATIVE.delete(api, "box", {"force_destroy": True}) == Again("an object deleted")


def test_a_project_without_an_account_has_no_containers() -> None:
    assert not list(NATIVE.discover(Swift({})))


def test_all_pages_of_the_account_are_listed() -> None:
    pages = {"": [{"name": "a"}], "a": [{"name": "b"}], "b": []}
    api = Swift({INFO: {}, f"GET {SWIFT} /": lambda body, params: pages[params.get("marker", "")],
                 f"HEAD {SWIFT} /a": marked(), f"HEAD {SWIFT} /b": told()})
    assert [seen.id for seen in NATIVE.discover(api)] == ["a", "b"]
    assert [seen.id for seen in NATIVE.marked(api, MARKS["mcflow-state"])] == ["a"]
