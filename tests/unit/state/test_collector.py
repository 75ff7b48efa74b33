"""The cycle collector is as it was afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from mcflow.state.collector import paused


def test_it_is_paused_and_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), paused():
        raise ValueError("x")
    assert gc.isenabled()


def test_it_stays_off_for_who_had_it_off() -> None:
    gc.disable()
    try:
        with paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
