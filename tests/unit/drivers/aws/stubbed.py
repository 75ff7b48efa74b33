"""A session whose clients answer from a list: each request and each answer is checked against the service's own model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.stub import Stubber

from mcflow.drivers.aws.session import AwsSession
from mcflow.model.connection import Connection

REGION = "ap-northeast-2"


@cache
def _boto() -> Any:
    core = botocore.session.Session()
    core.set_credentials("key", "secret")
    core.set_config_variable("region", REGION)
    return core


class Stubbed(AwsSession):
    """``expect`` what is asked, in order and by service; `done` says that all of it was."""

    def __init__(self) -> None:
        super().__init__(Connection("aws", "aws", REGION), _boto())
        self._stubs: dict[str, Stubber] = {}
        self._made: dict[str, Any] = {}

    def expect(self, service: str, operation: str, answer: Mapping[str, Any], **asked: Any) -> None:
        """The next call of the service: its method's name, the answer, the parameters."""
        self._stub(service).add_response(operation, dict(answer), asked)

    def refuse(self, service: str, operation: str, code: str, message: str = "", status: int = 400) -> None:
        """The next call of the service is refused."""
        self._stub(service).add_client_error(operation, code, message, status)

    def done(self) -> bool:
        """Everything expected was asked."""
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()
        return True

    def _stub(self, service: str) -> Stubber:
        if service not in self._stubs:
            self._made[service] = _boto().create_client(service)
            self._stubs[service] = Stubber(self._made[service])
            self._stubs[service].activate()
        return self._stubs[service]

    def _make_client(self, service: str, patient: bool) -> Any:
        self._stub(service)
        return self._made[service]
