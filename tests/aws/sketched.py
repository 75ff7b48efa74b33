"""Services that moto has not, sketched from botocore's own models: requests are checked against the input shape after they went through
the serializer, answers against the output shape before they go through the parser. JSON protocols only."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Sketch:
    """Answers a client's calls instead of the network. ``asked`` are the requests, as (operation, parameters)."""

    def __init__(self, client: Any, **operations: Handler) -> None:
        self._model = client.meta.service_model
        assert self._model.metadata["protocol"] == "json", "only JSON protocols are sketched"
        self._operations = operations
        self.asked: list[tuple[str, dict[str, Any]]] = []
        client.meta.events.register(f"before-send.{self._model.service_id.hyphenize()}", self._answer)

    def _answer(self, request: Any, **_kwargs: Any) -> AWSResponse:
        name = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        operation = self._model.operation_model(name)
        params = json.loads(request.body)
        _check(params, operation.input_shape, f"request of {name}")
        self.asked.append((name, params))
        answer = self._operations[name](params)
        status = 400 if "__type" in answer else 200
        if status == 200:
            _check(answer, operation.output_shape, f"answer of {name}")
        return AWSResponse(request.url, status, {"Content-Type": "application/x-amz-json-1.1"}, _Raw(json.dumps(answer).encode()))


class _Raw(io.BytesIO):
    def stream(self, **_kwargs: Any) -> Any:
        yield self.read()


def _check(value: dict[str, Any], shape: Any, what: str) -> None:
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), f"{what}: {report.generate_report()}"
    unknown = set(value) - set(shape.members)
    assert not unknown, f"{what} has what the model has not: {unknown}"
