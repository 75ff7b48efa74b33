"""Notes, which nothing tells apart, and documents, which refer to each other: plain objects to rehearse with."""

from __future__ import annotations

from mcflow.drivers.mock.native.kind import MockType, TokenType
from mcflow.drivers.sdk import NoIdentity, Token, array, native_type, string, tags


@native_type
class Note(MockType):
    """A text under an id the cloud makes up; no tags, no name, no token."""

    name = "mock.note"
    identity = NoIdentity()
    attributes = {"text": string(group="text")}
    required = ("text",)


@native_type
class Document(TokenType):
    """A text that may be made from other documents, and may relate to some."""

    name = "mock.document"
    identity = Token()
    attributes = {
        "title": string(default_from_cloud=True),
        "content": string(group="content", default_from_cloud=True),
        "source_ids": array(string(), "What it is made from; they cannot go before it.", set=True, default_from_cloud=True),
        "related_ids": array(string(), "What it relates to; two may relate to each other.", set=True, group="relations",
                             set_after_create=True, blocks_delete=True, default_from_cloud=True),
        "digest": string("SHA-256 of the content.", read_only=True, changes_with=["content"]),
        "tags": tags(),
    }
