"""Formats: what is and what is not a network, an address, a range of ports, a duration."""

from __future__ import annotations

import re

import pytest

from mcflow.schemas.formats import FORMATS, network_of, parse_duration

GOOD = {
    "cidr": ["10.0.0.0/16", "0.0.0.0/0", "10.1.2.3/32", "fd00::/8", "::/0"], "ip": ["10.0.0.1", "fe80::1"],
    "port-range": ["8000-8080", "22", "1-65535"], "duration": ["30s", "20m", "8h", "1d"], "regex": ["[a-z]+"],
}
BAD = {
    "cidr": ["10.0.0.0", "10.0.0.5/16", "10.0.0.0/33", "010.0.0.0/8", "10.0.0.0/255.0.0.0", "", "a/8", "10.0.0.0/ 8", "fe80::%e/64"],
    "ip": ["10.0.0.256", "10.0.0.0/8", "", "fe80::1%eth0"], "port-range": ["0", "70000", "9-8", "a-b", "80,443", "-1"],
    "duration": ["20", "20 m", "20min", "1.5h", "-3s", ""], "regex": ["[a-z"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_good(name: str, text: str) -> None:
    assert FORMATS[name].check(text)
    pattern = FORMATS[name].pattern
    assert pattern is None or re.search(pattern, text), "what an editor checks must not refuse it"


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_bad(name: str, text: str) -> None:
    assert not FORMATS[name].check(text)


def test_durations_in_seconds() -> None:
    assert [parse_duration(text) for text in ("30s", "20m", "8h", "1d")] == [30, 1200, 28800, 86400]
    with pytest.raises(ValueError, match="20 minutes"):
        parse_duration("20 minutes")


def test_the_network_that_was_meant() -> None:
    assert network_of("10.0.0.5/16") == "10.0.0.0/16"
    assert network_of("10.0.0.5") is None
    assert network_of("x/8") is None
