"""JSON documents that the API takes and gives as texts: an object in blueprints, compared by meaning."""

from __future__ import annotations

import json
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
