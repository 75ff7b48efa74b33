"""Google Cloud Storage for tests: gcp-storage-emulator, and around it what it lacks.

    python tests/stores/gcs_server.py --ready-file F --bucket NAME --account FILE [--bare]

Two layers. `Conditions` speaks the JSON API and adds ifGenerationMatch and ifGenerationNotMatch to inserting, reading and deleting objects;
every request that reaches it and every answer it gives is checked against the API's discovery document, and one that breaks it is answered
with 500. `Xml` translates the few requests of the XML API that clients like obstore make (PUT, GET, HEAD and DELETE of an object, listing
with list-type=2) into requests of the JSON API: no third party's emulator serves those with conditions.
``/token`` gives the access token for the service account in FILE, which every other request must carry.

``--bare``: without the conditions, which the emulator itself ignores.
Nothing is durable. Answers of the emulator that break the discovery document are mended in `_mended`, which names each.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode
from xml.sax.saxutils import escape

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.stores.gcs_discovery import find, wrong_answer, wrong_request
from tests.stores.wrapping import Answer, Environ, Wrapper, as_json, serve

TOKEN = "ya29.for-tests-only"
NOT_HELD = "At least one of the pre-conditions you specified did not hold."
JSON_PATHS = ("/storage/v1/", "/upload/storage/v1/")


@dataclass(frozen=True)
class Reply:
    """What the JSON API answers."""

    status: int
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body or b"null")


class Emulator:
    """The emulator, on a port of its own."""

    def __init__(self, bucket: str) -> None:
        from gcp_storage_emulator.server import create_server

        server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=bucket)
        server.start()
        self._port = server._api._httpd.server_port

    def ask(self, verb: str, path: str, query: Mapping[str, str], body: bytes = b"", type: str = "application/octet-stream") -> Reply:
        """One request, as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            headers = {"Content-Type": type, "Content-Length": str(len(body))} if verb in ("POST", "PUT", "PATCH") else {}
            connection.request(verb, f"{path}?{urlencode(query)}", body or None, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())
        finally:
            connection.close()


class Conditions:
    """The JSON API with preconditions on generations. ``bare``: without."""

    def __init__(self, emulator: Emulator, *, bare: bool = False) -> None:
        self._emulator = emulator
        self._bare = bare
        self._one = threading.RLock()

    def ask(self, verb: str, path: str, query: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request; nobody else's happens meanwhile."""
        wrong = wrong_request(verb, path, query)
        if wrong:
            return _refusal(500, f"not in the discovery document: {'; '.join(wrong)}")
        method = find(verb, path)
        assert method is not None
        with self._one:
            refused = None if self._bare else self._judge(method.name, method.pattern.fullmatch(path), query)
            reply = refused or self._emulator.ask(verb, path, *_upload(method.name, query, body))
        if method.name == "objects.delete" and reply.status == 200:
            # The emulator says 200 and nothing more, the API 204.
            return Reply(204, b"")
        if reply.status >= 300 or query.get("alt") == "media" or not reply.body:
            return reply
        value = _mended(reply.value)
        wrong = wrong_answer(method, value)
        if wrong:
            return _refusal(500, f"not in the discovery document: {'; '.join(wrong)}")
        return Reply(reply.status, json.dumps(value).encode())

    def _judge(self, method: str, path: Any, query: Mapping[str, str]) -> Reply | None:
        """The refusal, if the object's generation is not what the request asks for. 0 stands for an object that is not there."""
        if method not in ("objects.insert", "objects.get", "objects.delete"):
            return None
        name = quote(query["name"], safe="") if method == "objects.insert" else path["object"]
        wanted, unwanted = query.get("ifGenerationMatch"), query.get("ifGenerationNotMatch")
        if wanted is None and unwanted is None:
            return None
        found = self._emulator.ask("GET", f"/storage/v1/b/{path['bucket']}/o/{name}", {})
        generation = found.value["generation"] if found.status == 200 else "0"
        if (wanted is not None and wanted != generation) or (unwanted is not None and unwanted == generation):
            return _refusal(412, NOT_HELD, "conditionNotMet")
        return None


def _upload(method: str, query: Mapping[str, str], body: bytes) -> tuple[Mapping[str, str], bytes, str]:
    """Query, body and type to send. The emulator breaks over an empty upload; as a part of a multipart one it takes it."""
    if method != "objects.insert" or body:
        return query, body, "application/octet-stream"
    head = json.dumps({"name": query["name"]})
    parts = (f"--cut\r\nContent-Type: application/json\r\n\r\n{head}\r\n"
             "--cut\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--cut--\r\n")
    return {**query, "uploadType": "multipart"}, parts.encode(), "multipart/related; boundary=cut"


def _mended(value: Any) -> Any:
    """An answer without what the emulator puts in that the API never would: null for what is not known, null for an empty list."""
    if isinstance(value, dict):
        return {name: _mended(inside) for name, inside in value.items() if inside is not None}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def _refusal(status: int, message: str, reason: str = "invalid") -> Reply:
    error = {"code": status, "message": message, "errors": [{"message": message, "domain": "global", "reason": reason}]}
    return Reply(status, json.dumps({"error": error}).encode())


class Front:
    """The WSGI application: tokens, the JSON API as it is, the XML API translated."""

    def __init__(self, api: Conditions) -> None:
        self._api = api

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = self._answer(environ, environ["wsgi.input"].read())
        length = [] if any(name == "Content-Length" for name, _ in headers) else [("Content-Length", str(len(body)))]
        start(status, [*headers, *length])
        return [body]

    def _answer(self, environ: Environ, body: bytes) -> Answer:
        verb, path = environ["REQUEST_METHOD"], str(environ.get("RAW_URI") or environ["REQUEST_URI"]).partition("?")[0]
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        if path == "/token":
            return as_json({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {TOKEN}":
            return _xml_error("401 Unauthorized", "AuthenticationRequired", "Authentication required.")
        if path.startswith(JSON_PATHS):
            reply = self._api.ask(verb, path, query, body)
            kind = "application/octet-stream" if query.get("alt") == "media" else "application/json"
            return _status(reply.status), [("Content-Type", kind)], reply.body
        bucket, _, name = path.lstrip("/").partition("/")
        bucket = unquote(bucket)
        if not name:
            return self._list(bucket, query) if verb == "GET" else _xml_error("405 Method Not Allowed", "MethodNotAllowed", verb)
        at = f"/storage/v1/b/{bucket}/o/{quote(unquote(name), safe='')}"
        asked = {"ifGenerationMatch": environ["HTTP_X_GOOG_IF_GENERATION_MATCH"]} if "HTTP_X_GOOG_IF_GENERATION_MATCH" in environ else {}
        if verb == "PUT":
            reply = self._api.ask("POST", f"/upload/storage/v1/b/{bucket}/o", {"uploadType": "media", "name": unquote(name), **asked}, body)
            return self._told(reply, bucket) or ("200 OK", _headers(reply.value, length=0), b"")
        if verb == "DELETE":
            reply = self._api.ask("DELETE", at, asked)
            return self._told(reply, bucket) or ("204 No Content", [], b"")
        if verb in ("GET", "HEAD"):
            return self._read(at, bucket, asked, whole=verb == "GET")
        return _xml_error("405 Method Not Allowed", "MethodNotAllowed", verb)

    def _read(self, at: str, bucket: str, asked: Mapping[str, str], *, whole: bool) -> Answer:
        known = self._api.ask("GET", at, asked)
        refused = self._told(known, bucket)
        if refused:
            return refused
        data = self._api.ask("GET", at, {"alt": "media"}).body if whole else b""
        length = len(data) if whole else int(known.value["size"])
        return "200 OK", _headers(known.value, length=length), data

    def _list(self, bucket: str, query: Mapping[str, str]) -> Answer:
        if query.get("list-type") != "2":
            return _xml_error("400 Bad Request", "InvalidArgument", "only list-type=2 is translated")
        reply = self._api.ask("GET", f"/storage/v1/b/{bucket}/o", {"prefix": query["prefix"]} if query.get("prefix") else {})
        refused = self._told(reply, bucket)
        if refused:
            return refused
        rows = "".join(
            f"<Contents><Key>{escape(row['name'])}</Key><Generation>{row['generation']}</Generation>"
            f"<LastModified>{row['updated']}</LastModified><ETag>&quot;{escape(row.get('etag', ''))}&quot;</ETag>"
            f"<Size>{row['size']}</Size></Contents>"
            for row in sorted(reply.value.get("items", ()), key=lambda row: row["name"])
        )
        text = (f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://doc.s3.amazonaws.com/2006-03-01">'
                f"<Name>{bucket}</Name><Prefix>{escape(query.get('prefix', ''))}</Prefix><IsTruncated>false</IsTruncated>{rows}"
                "</ListBucketResult>")
        return "200 OK", [("Content-Type", "application/xml")], text.encode()

    def _told(self, reply: Reply, bucket: str) -> Answer | None:
        """A failure in the words of the XML API."""
        if reply.status < 300:
            return None
        if reply.status == 404:
            there = self._api.ask("GET", f"/storage/v1/b/{bucket}", {}).status == 200
            code = ("NoSuchKey", "The specified key does not exist.") if there else ("NoSuchBucket", "The specified bucket does not exist.")
            return _xml_error("404 Not Found", *code)
        if reply.status == 412:
            return _xml_error("412 Precondition Failed", "PreconditionFailed", NOT_HELD)
        return _xml_error(_status(reply.status), "InternalError", reply.body.decode(errors="replace")[:1000])


def _status(number: int) -> str:
    return f"{number} {http.client.responses.get(number, 'Unknown')}"


def _headers(value: Mapping[str, Any], *, length: int) -> list[tuple[str, str]]:
    changed = datetime.fromisoformat(value["updated"].replace("Z", "+00:00"))
    return [("ETag", f'"{value.get("etag", "")}"'), ("Last-Modified", format_datetime(changed, usegmt=True)),
            ("x-goog-generation", value["generation"]), ("Content-Type", value.get("contentType") or "application/octet-stream"),
            ("Content-Length", str(length))]


def _xml_error(status: str, code: str, message: str) -> Answer:
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, [("Content-Type", "application/xml; charset=UTF-8")], text.encode()


def service_account(token_uri: str) -> dict[str, str]:
    """A service account's file, with a key of its own."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"type": "service_account", "project_id": "tests", "private_key_id": "1", "private_key": key, "token_uri": token_uri,
            "client_email": "tests@tests.iam.gserviceaccount.com", "client_id": "1"}


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--account", type=Path, required=True)
    parser.add_argument("--bare", action="store_true")
    asked = parser.parse_args()
    front = Front(Conditions(Emulator(asked.bucket), bare=asked.bare))

    def tell(endpoint: str) -> None:
        asked.account.touch(0o600)
        asked.account.write_text(json.dumps(service_account(f"{endpoint}/token")))

    serve(Wrapper(front, lambda environ: environ.get("HTTP_X_GOOG_IF_GENERATION_MATCH") == "0"), asked.ready_file, before=tell)


if __name__ == "__main__":
    main()
