"""The scanner finds what is planted, in every form; otherwise its silence would mean nothing."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from urllib.parse import quote

import pytest
from tests.secrets.scanner import leaks

SECRET = 'Sentinel-7f3a"é/+&%-Zk91'
PLANTS = {
    "plain": SECRET.encode(),
    "inside json": json.dumps({"password": SECRET}).encode(),
    "inside json inside json": json.dumps(json.dumps({"password": SECRET})).encode(),
    "url": f"https://example.org/?p={quote(SECRET, safe='')}&x=1".encode(),
    "hex": b"dump: " + SECRET.encode().hex().encode(),
    "base64": base64.b64encode(SECRET.encode()),
    "base64 with a prefix of one": base64.b64encode(b"x" + SECRET.encode() + b"yy"),
    "base64 with a prefix of two": base64.b64encode(b"xy" + SECRET.encode() + b"z"),
    "base64 in a basic auth header": b"Authorization: Basic " + base64.b64encode(b"admin:" + SECRET.encode()),
    "gzip": gzip.compress(b"lines before\n" + SECRET.encode()),
    "gzip of json": b"\0\1\2" + gzip.compress(json.dumps([SECRET]).encode()) + b"tail",
    "zlib": zlib.compress(SECRET.encode()),
    "utf-16": SECRET.encode("utf-16-le"),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_secret_is_found(plant: bytes) -> None:
    assert leaks(b"innocent text " + plant + b" more text", SECRET)


def test_what_has_no_secret_is_clean() -> None:
    data = json.dumps({"password": "(sensitive)", "digest": "7f3a", "name": "Sentinel"}).encode() * 100
    assert leaks(data + gzip.compress(data), SECRET) == []
