"""AWS KMS keeps the key of a state: moto's server makes the data keys and opens them, with the encryption context of the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.aws.moto_handle import MotoCloud

from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret
from mcflow.model.wire import encode
from mcflow.state.keys.configured import sealer
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, OutputRecord, Recorded, Run
from mcflow.state.rekey import rekey
from mcflow.state.workspace import Workspace

REGION = "ap-northeast-2"

Open = Callable[..., Workspace]


@pytest.fixture
def kms(plain_moto: MotoCloud, credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    plain_moto.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", plain_moto.endpoint)
    client = boto3.client("kms", region_name=REGION)
    for name in ("one", "two"):
        key = client.create_key(Description=name)["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    yield client
    client.close()


@pytest.fixture
def open_state(tmp_path: Path, kms: Any) -> Open:
    def build(key: str, previous: tuple[str, ...] = ()) -> Workspace:
        found = sealer(key, {}, None, "shop/default", previous=previous)
        return Workspace.open(tmp_path, "shop", "default", found, encrypt=True, spill_folder=tmp_path / "second")

    return build


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(Rejected) as refused:
        act()
    return refused.value.diagnostics[0].code


def test_a_state_under_kms_and_under_another_key_of_it(open_state: Open, kms: Any, tmp_path: Path) -> None:
    one, two = f"awskms:alias/one?region={REGION}", f"awskms:alias/two?region={REGION}"
    with open_state(one).lease(Owner(run="r")) as writer:
        writer.append(Run(run="r", epoch=1, mode="apply"))
        writer.append(Recorded(outputs={"o": OutputRecord(encode(Secret("x"), writer.sealer.seal), True)}), Ended(run="r"))
        writer.checkpoint()
    assert list(open_state(one).read().state.outputs) == ["o"]
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"outputs" not in everything
    with open_state(two, (one,)).lease(Owner(run="s")) as writer:
        rekey(writer, [Run(run="s", epoch=2, mode="rekey")], [Ended(run="s")])
    for listed in kms.list_aliases()["Aliases"]:
        if listed["AliasName"] == "alias/one":
            kms.schedule_key_deletion(KeyId=listed["TargetKeyId"])
            kms.delete_alias(AliasName="alias/one")
    again = open_state(two)
    assert again.sealer.unseal(again.read().state.outputs["o"].value["$secret"]) == "x"


def test_a_key_that_cannot_be_used_is_told(open_state: Open, kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code(lambda: open_state(f"awskms:alias/none?region={REGION}").sealer.seal("x")) == "MC0738"
    assert code(lambda: open_state("awskms:alias/one").sealer.seal("x")) == "MC0738", "no region anywhere"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert code(lambda: open_state(f"awskms:alias/one?region={REGION}").sealer.seal("x")) == "MC0738"


def test_the_encryption_context_names_the_state(open_state: Open, kms: Any) -> None:
    from mcflow.state.keys.service import open_service

    service = open_service("awskms", f"alias/one?region={REGION}", {}, None)
    context = {"mcflow-name": "shop", "mcflow-environment": "default", "mcflow-lineage": "l"}
    key, parts = service.make(context)
    assert service.unwrap(parts, context) == key
    assert service.unwrap(parts, {**context, "mcflow-environment": "other"}) is None
    assert service.unwrap({"wrapped": "AAAA"}, context) is None
