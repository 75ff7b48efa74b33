"""JSON documents that the API takes and gives as texts: an object in blueprints, compared by meaning.

What a policy document means: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def text_of(document: Any) -> str:
    """A document as the API takes it."""
    return document if isinstance(document, str) else json.dumps(document, sort_keys=True)


def value_of(document: Any) -> Any:
    """A document as an object, whichever way it was given (some calls tell it percent-encoded); a text that is no JSON stays."""
    if not isinstance(document, str):
        return document
    for text in (document, unquote(document)):
        try:
            return json.loads(text)
        except ValueError:
            continue
    return document


def meaning_of(document: Any) -> Any:
    """One spelling for all documents that mean the same. In a policy one value is a list of one, and lists have no order; services give
    policies back in a spelling of their own. Other documents are left as they are."""
    value = value_of(document)
    if not isinstance(value, Mapping) or "Statement" not in value:
        return value
    statements = value["Statement"] if isinstance(value["Statement"], list) else [value["Statement"]]
    return {**value, "Statement": sorted((_statement(each) for each in statements), key=_sorting)}


_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_ROOT = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")


def _statement(statement: Any) -> Any:
    if not isinstance(statement, Mapping):
        return statement
    said = {name: value for name, value in statement.items() if not (name == "Sid" and value == "")}
    for name in said:
        if name in _LISTS:
            said[name] = _members(said[name])
        elif name in ("Principal", "NotPrincipal"):
            said[name] = _principal(said[name])
        elif name == "Condition" and isinstance(said[name], Mapping):
            said[name] = {operator: {key: _members(value) for key, value in keys.items()} if isinstance(keys, Mapping) else keys
                          for operator, keys in said[name].items()}
    return said


def _principal(principal: Any) -> Any:
    """Everybody has two spellings, and so has an account."""
    if principal == "*":
        return {"AWS": ["*"]}
    if not isinstance(principal, Mapping):
        return principal
    return {kind: _members([_ROOT.sub(r"\1", each) if isinstance(each, str) else each for each in _members(value)])
            for kind, value in principal.items()}


def _members(value: Any) -> list[Any]:
    """The members of what may be one or a list, each once; true, false and numbers as the texts they are compared as."""
    texts = [_text(each) for each in (value if isinstance(value, list) else [value])]
    return sorted({_sorting(each): each for each in texts}.values(), key=_sorting)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _sorting(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
