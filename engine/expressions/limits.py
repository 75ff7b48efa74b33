"""How much one scalar may ask for. Counted, never timed (but for regular expressions), so that a blueprint behaves alike everywhere."""

from __future__ import annotations

EXPRESSION_CHARACTERS = 16_384
BRACKETS = 32
TREE_DEPTH = 100
TREE_NODES = 1_000_000
"""Values in one evaluated tree: locals that name each other twice would double with every step."""
STEPS = 400_000
"""Nodes of the syntax tree and of values that one scalar may touch; `TEXT_PER_STEP` characters of text count as one."""
TEXT_PER_STEP = 64
TEXT = 1_000_000
ITEMS = 100_000
NUMBER_BITS = 1_024
FILE_BYTES = 1_000_000
PATTERN_CHARACTERS = 500
PATTERN_INPUT = 100_000
PATTERN_SECONDS = 0.1
"""No engine with linear time is among the dependencies: a pattern that takes longer than this is refused."""
