"""Which right is lacking, in the words of each service; locked servers."""

from __future__ import annotations

import json

import pytest

from mcflow.drivers.openstack.translate import refusal
from mcflow.drivers.sdk import AccessDenied, InvalidRequest

REFUSALS = {
    "compute": ({"forbidden": {"code": 403, "message": "Policy doesn't allow os_compute_api:os-server-diagnostics to be performed."}},
                "os_compute_api:os-server-diagnostics"),
    "block-storage": ({"forbidden": {"code": 403, "message": "Policy doesn't allow volume_extension:types_manage to be performed."}},
                      "volume_extension:types_manage"),
    "network": ({"NeutronError": {"type": "PolicyNotAuthorized", "detail": "",
                                  "message": "(rule:create_network and rule:create_network:shared) is disallowed by policy"}},
                "create_network:shared"),
    "identity": ({"error": {"code": 403, "message": "You are not authorized to perform the requested action: identity:list_projects."}},
                 "identity:list_projects"),
    "load-balancer": ({"faultstring": "Policy does not allow this request to be performed.", "faultcode": "Client"}, ""),
}


@pytest.mark.parametrize("service", REFUSALS)
def test_the_right_that_is_lacking_is_named(service: str) -> None:
    body, permission = REFUSALS[service]
    error = refusal(service, 403, {}, json.dumps(body), read=True)
    assert isinstance(error, AccessDenied)
    assert error.permission == permission


def test_a_locked_server_is_not_waited_for() -> None:
    body = {"conflictingRequest": {"code": 409, "message": "Instance 5f3c is locked"}}
    assert isinstance(refusal("compute", 409, {}, json.dumps(body), read=False), InvalidRequest)
