"""OpenStack's cases of the conformance suite: servers, key pairs, volumes, snapshots, images."""

from __future__ import annotations

from mcflow.conformance import Case

PORTABLE: list[Case] = []
NATIVE: list[Case] = []
SKIPS: dict[str, str] = {}
"""Check → why it cannot be tried."""
