"""Sealed values open with their key and context only; fingerprints tell equality and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcflow.state.sealing import Sealer, SealError

KEY, OTHER = bytes(32), bytes([1]) * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8)


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_what_is_sealed_opens_as_it_was(value: object) -> None:
    sealer = Sealer(KEY, "shop")
    assert sealer.unseal(sealer.seal(value)) == value
    assert sealer.fingerprint(value) == Sealer(KEY).fingerprint(value)


def test_never_the_same_text_twice_but_the_same_fingerprint() -> None:
    sealer = Sealer(KEY)
    assert sealer.seal("x") != sealer.seal("x")
    assert sealer.fingerprint({"a": 1, "b": 2}) == sealer.fingerprint({"b": 2, "a": 1})
    assert sealer.fingerprint("x") != sealer.fingerprint("y")
    assert sealer.fingerprint("x") != Sealer(OTHER).fingerprint("x")


def test_another_key_is_named_and_nothing_of_the_secret_is() -> None:
    sealed = Sealer(KEY).seal("hunter2-sentinel")
    with pytest.raises(SealError) as refused:
        Sealer(OTHER).unseal(sealed)
    (finding,) = refused.value.diagnostics
    assert finding.code == "MC0730"
    assert Sealer(KEY).key_id in finding.message
    assert Sealer(OTHER).key_id in finding.message
    assert "hunter2" not in str(refused.value)
    assert sealed not in str(refused.value)


def test_another_context_does_not_open_it() -> None:
    sealed = Sealer(KEY).within("one").seal("x")
    assert Sealer(KEY).within("one").unseal(sealed) == "x"
    with pytest.raises(SealError, match="MC0731"):
        Sealer(KEY).within("two").unseal(sealed)


def test_every_changed_character_is_noticed() -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal("a secret")
    for at in range(len(sealed)):
        for other in "A_9.":
            changed = sealed[:at] + other + sealed[at + 1:]
            if changed == sealed:
                continue
            with pytest.raises(SealError):
                sealer.unseal(changed)
    for at in range(len(sealed)):
        with pytest.raises(SealError):
            sealer.unseal(sealed[:at])


@pytest.mark.parametrize("text", ["", "x", "v1", "v1..", "v2.00000000.AAAA", None, 7])
def test_what_is_no_sealed_text_is_a_diagnostic(text: object) -> None:
    with pytest.raises(SealError, match="MC0731"):
        Sealer(KEY).unseal(text)  # type: ignore[arg-type]


def test_the_key_is_asked_for_on_first_use_only() -> None:
    asked: list[int] = []

    def source() -> bytes:
        asked.append(1)
        return KEY

    sealer = Sealer(source)
    assert asked == []
    sealer.seal(1)
    sealer.fingerprint(1)
    assert asked == [1]


def test_a_key_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(SealError, match="MC0732"):
        Sealer(b"short").seal(1)


def test_the_sealed_text_holds_the_value_in_no_ordinary_encoding() -> None:
    secret = "sentinel-4711"
    sealed = Sealer(KEY).seal(secret)
    payload = base64.urlsafe_b64decode(sealed.split(".")[2])
    for text in (secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex().encode()):
        assert text not in sealed.encode()
        assert text not in payload
