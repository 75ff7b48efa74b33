"""botocore's descriptions: read quickly, and the same as botocore reads them."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader, Loader

from mcflow.drivers.aws.descriptions import Files, loader


@pytest.mark.parametrize("name", ["endpoints", "partitions", "ec2/2016-11-15/service-2", "sts/2011-06-15/endpoint-rule-set-1"])
def test_what_is_read_is_what_botocore_reads(name: str) -> None:
    path = str(Path(Loader.BUILTIN_DATA_PATH) / name)
    assert Files().exists(path)
    read, wanted = Files().load_file(path), JSONFileLoader().load_file(path)
    assert read == wanted
    assert list(read) == list(wanted)


def test_both_forms_and_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text('{"a": 1}')
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(b'{"a": 2}'))
    assert [Files().load_file(str(tmp_path / name)) for name in ("plain", "packed", "none")] == [{"a": 1}, {"a": 2}, None]
    assert [Files().exists(str(tmp_path / name)) for name in ("plain", "packed", "none")] == [True, True, False]


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ValueError, match="truncated"):
        Files().load_file(str(tmp_path / "broken"))


def test_further_folders_come_before_botocores_own(tmp_path: Path) -> None:
    found = loader(str(tmp_path))
    assert found.search_paths[0] == str(tmp_path)
    assert Loader.BUILTIN_DATA_PATH in found.search_paths
    assert loader(str(tmp_path)) is found


def test_a_session_needs_no_boto3() -> None:
    code = ("import sys; from mcflow.drivers.aws import driver; from mcflow.model.connection import Connection; "
            "driver.connect(Connection('a', 'aws', 'eu-west-1', {}))._client('sts', patient=True); "
            "print([name for name in sys.modules if name.startswith(('boto3', 's3transfer'))])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
