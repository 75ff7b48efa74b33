"""YAML text that every reader, old or new, reads back as the same value."""

from __future__ import annotations

import re
from typing import Any

import yaml

from mcflow.engine.reading.scalars import NumberError, resolve

_UNUSUAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""Control characters and line breaks that are not everywhere one: written as escapes in double quotes."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's, without aliases and with quotes where YAML 1.2 would read something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if _UNUSUAL.search(text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    if "\n" in text and text.strip(" ") == text and "\t" not in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _is_text(text) else "'")


def _is_text(text: str) -> bool:
    try:
        return isinstance(resolve(text), str)
    except NumberError:
        return False


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """The value as YAML, keys in their order."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("...\n")
