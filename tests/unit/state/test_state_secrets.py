"""A secret that goes through a state is found in no byte of any of its files, in no ordinary encoding."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.state.conftest import KEY, FailingFiles

from mcflow.model.values import Secret
from mcflow.model.wire import decode, encode
from mcflow.state.journal import JournalFailed
from mcflow.state.lease import Owner
from mcflow.state.records import Done, Failed, Identified, Intent, Recorded
from mcflow.state.workspace import Workspace

SECRET = "sentinel-Kx81-pa55word"


def encodings(secret: str) -> list[bytes]:
    raw = secret.encode()
    shifted = [base64.b64encode(b" " * pad + raw)[4:-4] for pad in range(3)]
    plain = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    return [*plain, base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"="), *shifted]


def leaks(folder: Path, secret: str) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            data += gzip.decompress(data) if path.suffix == ".gz" else b""
            found += [f"{path.name}: {text!r}" for text in encodings(secret) if text in data]
    return found


def test_the_scanner_finds_a_planted_one(tmp_path: Path) -> None:
    for index, text in enumerate(encodings(SECRET)):
        (tmp_path / str(index)).write_bytes(b"x" + text + b"y")
    (tmp_path / "h.gz").write_bytes(gzip.compress(SECRET.encode()))
    assert {line.split(":")[0] for line in leaks(tmp_path, SECRET)} == {*map(str, range(len(encodings(SECRET)))), "h.gz"}


def test_a_sealed_request_leaks_nowhere_not_even_into_a_spill(
    workspace: Workspace, files: FailingFiles, owner: Owner, tmp_path: Path, intent: Callable[..., Intent]
) -> None:
    sealer = workspace.sealer
    want = {"name": "db", "password": Secret(SECRET), "nested": [{"key": Secret({"deep": SECRET})}]}
    request = encode(want, sealer.seal)
    with workspace.lease(owner) as writer:
        writer.append(intent("a", request=request, fingerprints={"password": sealer.fingerprint(SECRET)}))
        writer.commit()
        writer.append(Identified(op="a", id="i"), Done(op="a", id="i", attributes=encode({"password": Secret(SECRET)}, sealer.seal)))
        writer.checkpoint()
        writer.append(intent("b", "net/b", request=request), Failed(op="b", message="refused"), intent("c", "net/c", request=request))
    writer = workspace.lease(owner)
    writer.append(Recorded(natives={}), intent("d", "net/d", request=request))
    files.arm(0)
    with pytest.raises(JournalFailed) as failed:
        writer.commit()
    writer.spill(Done(op="c", id="i", attributes=request))
    writer.close()
    files.disarm()
    assert SECRET not in str(failed.value)
    assert leaks(tmp_path, SECRET) == []
    assert leaks(tmp_path, KEY.decode("latin-1")) == []
    reading = workspace.read()
    assert decode(reading.state.natives["net/c"].attributes, sealer.unseal) == want
    assert SECRET not in repr(reading)
