"""Starting the AWS of the tests in a process of its own, steering it, and looking at it with a bare client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tests.aws.moto_network_listing  # noqa: F401  # fills the table of listings
from tests.aws.moto_inventory import LISTS, inventory

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}
UBUNTU = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260801"


@dataclass(frozen=True)
class MotoCloud:
    """A running server. ``plain`` has no control path."""

    endpoint: str
    plain: bool
    pid: int

    def faults(self, **faults: Any) -> None:
        """Replace what goes wrong; without arguments nothing does. See `tests.aws.moto_cloud.Faults`."""
        self._ask("faults", faults)

    def reset(self) -> None:
        """Forget everything: objects, ledger, faults."""
        if self.plain:
            urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=30).read()
        else:
            self._ask("reset", {})

    def ledger(self) -> list[dict[str, Any]]:
        """Every mutating call so far."""
        return self._ask("ledger")  # type: ignore[no-any-return]

    def creations(self) -> dict[str, list[str]]:
        """Operation → ids of all objects ever made under it."""
        return self._ask("creations")  # type: ignore[no-any-return]

    def flights(self) -> dict[str, int]:
        """Mutations being carried out just now, by action."""
        return self._ask("flights")  # type: ignore[no-any-return]

    def calls(self) -> dict[str, int]:
        """``service.Operation`` → how often it was asked for since the last reset, reads included."""
        return self._ask("calls")  # type: ignore[no-any-return]

    def client(self, service: str = "ec2", region: str = "ap-northeast-2") -> Any:
        """A bare boto3 client."""
        return _client(service, region, self.endpoint)

    def register_images(self, *names: str, region: str = "ap-northeast-2") -> list[str]:
        """Register images under these names (default: the Ubuntu of the recipes), so that selectors find them."""
        ec2 = self.client(region=region)
        mappings = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}]
        return [ec2.register_image(Name=name, Architecture="x86_64", RootDeviceName="/dev/sda1", VirtualizationType="hvm",
                                   BlockDeviceMappings=mappings)["ImageId"] for name in names or (UBUNTU,)]

    def inventory(self, region: str = "ap-northeast-2") -> dict[str, str]:
        """Every living object that mcflow could have made: id → kind, what AWS puts in by itself left out."""
        return dict(inventory(lambda service: self.client(service, region), self._changed()))

    def _changed(self) -> list[str]:
        """The services that may have something: EC2, and those in which something was changed."""
        changed = set(LISTS) if self.plain else {entry["service"] for entry in self.ledger()}
        return ["ec2", *sorted((changed & set(LISTS)) - {"ec2"})]

    def _ask(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/_mcflow/{what}", data=data), timeout=60) as answer:
            return json.loads(answer.read())


@cache
def _client(service: str, region: str, endpoint: str) -> Any:
    return bare_client(service, region, endpoint)


def bare_client(service: str, region: str, endpoint: str, config: Any = None) -> Any:
    """A client that knows nothing of mcflow. ``config``: botocore's."""
    import boto3

    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, region_name=region, endpoint_url=endpoint, config=config, **keys)


@contextmanager
def serving(folder: Path, *, plain: bool = False) -> Iterator[MotoCloud]:
    """A server in a process of its own, until the context ends."""
    ready = folder / ("plain.json" if plain else "cloud.json")
    script = Path(__file__).with_name("moto_cloud.py")
    process = subprocess.Popen([sys.executable, str(script), "--port", "0", "--ready-file", str(ready), *(["--plain"] if plain else [])])
    try:
        deadline = time.monotonic() + 120
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        yield MotoCloud(told["endpoint"], plain, told["pid"])
    finally:
        process.terminate()
        process.wait(30)
