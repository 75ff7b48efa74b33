"""How much one file may ask of the reader. Far above any honest blueprint, far below what hurts."""

from __future__ import annotations

FILE_BYTES = 32 * 1024 * 1024
SCALAR_CHARACTERS = 1024 * 1024
DEPTH = 64
NODES = 2_000_000
ALIASED_NODES = 100_000
ALIASED_CHARACTERS = 32 * 1024 * 1024
NUMBER_CHARACTERS = 400
