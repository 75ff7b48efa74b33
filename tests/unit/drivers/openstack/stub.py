"""A session without a network: answers by method and path, and a note of every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.session import SERVICES, OpenStackSession, Reply
from mcflow.drivers.sdk import Intent, NotFound
from mcflow.model.connection import Connection

PROJECT = "project-1"
MARKS = {"mcflow-state": "s1", "mcflow-op": "op1"}
INTENT = Intent("op1", "token", MARKS, "box/server")


class StubSession(OpenStackSession):
    """``answers``: ``"GET compute /servers/1"`` → body, an exception to raise, or a function of the request's JSON and parameters.
    A GET that nobody answers is NotFound; anything else that nobody answers fails the test."""

    def __init__(self, answers: Mapping[str, Any] | None = None, **config: Any) -> None:
        super().__init__(Connection("cloud", "openstack", config=config), None)
        self.answers = dict(answers or {})
        self.requests: list[tuple[str, Any]] = []

    @property
    def region(self) -> str:
        return "here"

    @property
    def project_id(self) -> str:
        return PROJECT

    def catalog(self) -> dict[str, str]:
        return {service: f"http://127.0.0.1/{service}" for service in SERVICES}

    def call(self, service: str, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None,
             microversion: str = "", **more: Any) -> Reply:
        asked = f"{method} {service} {path}"
        self.requests.append((asked, json if method != "GET" else dict(params or {})))
        answer = self.answers.get(asked, NotFound(asked) if method == "GET" else AssertionError(asked))
        if callable(answer):
            answer = answer(json, params)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Reply) else Reply(answer, {}, "req-1")

    @property
    def changes(self) -> list[tuple[str, Any]]:
        """The requests that were to change something."""
        return [(asked, body) for asked, body in self.requests if not asked.startswith("GET")]
