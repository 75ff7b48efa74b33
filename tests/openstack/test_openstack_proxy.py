"""The proxy before the lab: what goes through, what is lost, refused and counted. Against a service that only remembers; no lab."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.openstack.proxy import Proxy, proxied

ID = "0f3a1b2c-0000-4000-8000-123456789abc"
MARKED = {"port": {"description": "mine [mcflow-state=s1; mcflow-op=op-7]"}}


@dataclass
class Service:
    """A service that remembers what it was asked and answers with the id `ID` and its own address."""

    address: str = ""
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    slow: float = 0.0


@pytest.fixture
def service() -> Iterator[Service]:
    heard = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.asked.append((self.command, self.path, body))
            heard.hosts.append(self.headers["Host"])
            time.sleep(heard.slow)
            said = json.dumps({"port": {"id": ID}, "links": [{"rel": "next", "href": f"{heard.address}/v2.0/ports?marker=1"}]}
                              if self.command == "GET" else {"port": {"id": ID}}).encode()
            self.send_response(201 if self.command == "POST" else 204 if self.command == "DELETE" else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", f"{heard.address}/v2.0/ports/{ID}")
            if self.command != "DELETE":
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if self.command not in ("HEAD", "DELETE"):
                self.wfile.write(said)

        do_GET = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(service: Service) -> Iterator[Proxy]:
    with proxied({"network": service.address, "identity": f"{service.address}/v3"}) as running:
        yield running


def ask(proxy: Proxy, method: str, path: str, body: Any = None, of: str = "network") -> tuple[int, dict[str, str], bytes]:
    """One request through the proxy. Raises what a lost answer looks like to a client."""
    with closing(http.client.HTTPConnection(urlsplit(proxy.endpoints[of]).netloc, timeout=5)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_a_request_goes_through_and_links_lead_back_to_the_proxy(proxy: Proxy, service: Service) -> None:
    status, headers, body = ask(proxy, "GET", "/v2.0/ports?limit=1")
    here = proxy.endpoints["network"]
    assert status == 200
    assert json.loads(body)["links"][0]["href"] == f"{here}/v2.0/ports?marker=1"
    assert headers["location"].startswith(here)
    assert service.asked == [("GET", "/v2.0/ports?limit=1", b"")]
    assert service.hosts == [urlsplit(here).netloc], "what is signed over the host would no longer fit"
    (call,) = proxy.ledger()
    assert (call.service, call.method, call.path, call.status, call.reads) == ("network", "GET", "/v2.0/ports?limit=1", 200, True)
    assert proxy.auth_url.endswith("/v3")


def test_bodies_lengths_and_empty_answers_are_kept(proxy: Proxy, service: Service) -> None:
    assert ask(proxy, "POST", "/v2.0/ports", MARKED)[0] == 201
    assert json.loads(service.asked[0][2]) == MARKED
    status, headers, body = ask(proxy, "HEAD", "/v2.0/ports")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0
    assert ask(proxy, "DELETE", f"/v2.0/ports/{ID}")[0] == 204
    assert proxy.kinds() == {"POST network /v2.0/ports": 1, "HEAD network /v2.0/ports": 1, "DELETE network /v2.0/ports/{}": 1}


def test_a_body_in_chunks_arrives_whole(proxy: Proxy, service: Service) -> None:
    with closing(http.client.HTTPConnection(urlsplit(proxy.endpoints["network"]).netloc, timeout=5)) as connection:
        connection.request("POST", "/v2/images", iter([b"one ", b"two"]), encode_chunked=True)
        assert connection.getresponse().status == 201
    assert service.asked == [("POST", "/v2/images", b"one two")]


def test_a_reply_is_lost_after_the_work_was_done(proxy: Proxy, service: Service) -> None:
    proxy.set_faults(next_replies_lost=1)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "POST", "/v2.0/ports", MARKED)
    assert len(service.asked) == 1
    assert proxy.creations() == {"op-7": [ID]}
    assert ask(proxy, "POST", "/v2.0/ports", MARKED)[0] == 201
    assert proxy.creations() == {"op-7": [ID, ID]}
    assert [call.fate for call in proxy.ledger()] == ["lose_reply", ""]


def test_a_request_is_lost_before_any_work(proxy: Proxy, service: Service) -> None:
    proxy.set_faults(next_requests_lost=1)
    assert ask(proxy, "GET", "/v2.0/ports")[0] == 200, "reads are not lost"
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "POST", "/v2.0/ports", MARKED)
    assert [method for method, *_ in service.asked] == ["GET"]
    assert proxy.creations() == {}
    assert proxy.ledger()[-1].status == 0


def test_a_lost_reply_may_look_like_a_gateways_page(proxy: Proxy) -> None:
    proxy.set_faults(next_replies_lost=1, lost_as="504")
    status, headers, _ = ask(proxy, "POST", "/v2.0/ports", MARKED)
    assert (status, headers["content-type"]) == (504, "text/html")
    assert proxy.creations() == {"op-7": [ID]}


def test_calls_are_refused_so_many_times_and_told_how_long_to_wait(proxy: Proxy, service: Service) -> None:
    proxy.set_faults(next_throttled=2, next_unavailable=1, retry_after="3")
    status, headers, _ = ask(proxy, "GET", "/v2.0/ports")
    assert (status, headers["retry-after"]) == (429, "3")
    assert [ask(proxy, "GET", "/v2.0/ports")[0] for _ in range(3)] == [429, 503, 200]
    assert len(service.asked) == 1


def test_only_the_calls_that_were_named_suffer_and_keystone_only_by_name(proxy: Proxy) -> None:
    with proxy.suffering(throttle=1.0, calls="^POST network"):
        assert ask(proxy, "GET", "/v2.0/ports")[0] == 200
        assert ask(proxy, "POST", "/v2.0/ports", {})[0] == 429
    with proxy.suffering(throttle=1.0):
        assert ask(proxy, "GET", "/v3", of="identity")[0] == 200
    with proxy.suffering(throttle=1.0, calls="identity"):
        assert ask(proxy, "GET", "/v3", of="identity")[0] == 429
    assert ask(proxy, "POST", "/v2.0/ports", {})[0] == 201


def test_the_same_seed_meets_the_same_faults(proxy: Proxy) -> None:
    def fates(seed: str) -> list[int]:
        with proxy.suffering(seed=seed, throttle=0.3, error_500=0.2):
            return [ask(proxy, "GET", f"/v2.0/ports/{ID}")[0] for _ in range(40)]

    first = fates("a")
    assert fates("a") == first
    assert fates("b") != first
    assert {200, 429, 500} == set(first)


def test_counting_leaves_keystone_out(proxy: Proxy) -> None:
    ask(proxy, "GET", "/v2.0/ports")
    with proxy.counting() as calls:
        ask(proxy, "GET", "/v2.0/networks")
        ask(proxy, "GET", "/v3", of="identity")
    assert [call.path for call in calls] == ["/v2.0/networks"]
    assert proxy.touched() == set()


def test_half_a_request_of_a_killed_caller_is_not_passed_on(proxy: Proxy, service: Service) -> None:
    parts = urlsplit(proxy.endpoints["network"])
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(b'POST /v2.0/ports HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"port": {')
    assert ask(proxy, "GET", "/v2.0/ports")[0] == 200
    time.sleep(0.05)
    assert [method for method, *_ in service.asked] == ["GET"]


def test_work_goes_on_after_its_caller_was_killed_and_can_be_waited_for(proxy: Proxy, service: Service) -> None:
    service.slow = 0.2
    parts = urlsplit(proxy.endpoints["network"])
    body = json.dumps(MARKED).encode()
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(b"POST /v2.0/ports HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        end = time.monotonic() + 5
        while not proxy.flights and time.monotonic() < end:
            time.sleep(0.005)
    assert proxy.flights == 1
    proxy.settle()
    assert proxy.creations() == {"op-7": [ID]}
