"""What obstore's errors say, without what they must not tell: addresses of requests may carry signatures, bodies may carry more."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = re.compile(r"non-2xx status code: (\d{3}) ?([A-Za-z ]*)")
_CODE = re.compile(r"<Code>\s*([A-Za-z0-9]{1,60})\s*</Code>")
_MESSAGE = re.compile(r"<Message>\s*([^<]{1,400}?)\s*</Message>")
_INSIDE = re.compile(r'(?:message: |Custom \{[^}]*error: |dns error[^}]*error: )\\?"([^"\\]{1,200})')
_KIND = re.compile(r"kind: (Timeout|Connect|Interrupted|Decode|Request|Unknown)\b")
_ADDRESS = re.compile(r"\b[a-z]{2,8}://[^\s\"'<>]+")

EXISTS = frozenset({"", "PreconditionFailed", "BlobAlreadyExists", "ConditionNotMet"})
"""What the service calls it where an object is there already; a body without a code is none of a conflict that may be asked again."""
NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound", "InvalidBucketName", "InvalidResourceName", "AccountNotFound"})
WRONG_PLACE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect",
                         "InvalidLocationConstraint"})
UNKNOWN_CALLER = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
                            "AuthenticationFailed", "InvalidAuthenticationInfo", "AuthenticationRequired"})


@dataclass(frozen=True)
class Answer:
    """What a failure came to. ``status`` is 0 where the service did not answer; ``code`` is the service's word, ``problem`` for people."""

    status: int
    code: str
    problem: str

    @property
    def no_bucket(self) -> bool:
        return self.code in NO_BUCKET

    @property
    def wrong_place(self) -> bool:
        return self.code in WRONG_PLACE or self.status in (301, 307, 308)

    @property
    def refused(self) -> bool:
        return self.status in (401, 403)

    @property
    def unknown_caller(self) -> bool:
        return self.status == 401 or self.code in UNKNOWN_CALLER


def answer_in(text: str) -> Answer:
    """Read the text of an error of obstore's. Nothing of it that is not understood is passed on."""
    summary, _, debug = text.partition("Debug source:")
    status = _STATUS.search(summary)
    code = _CODE.search(summary)
    if status is None:
        return Answer(301 if "redirect without LOCATION" in text else 0, "", _unanswered(summary, debug))
    message = _MESSAGE.search(summary)
    said = message[1].splitlines()[0].strip() if message else status[2].strip()
    word = code[1] if code else ""
    problem = f"{status[1]} {word}: {said}" if word else f"{status[1]} {said}"
    return Answer(int(status[1]), word, without_addresses(problem).rstrip(" :."))


def _unanswered(summary: str, debug: str) -> str:
    told = _INSIDE.search(debug)
    if told:
        return told[1]
    if "TimedOut" in debug or ((kind := _KIND.search(debug)) and kind[1] == "Timeout"):
        return "no answer in time"
    if "HTTP error" in summary:
        kind = _KIND.search(debug)
        return "no connection" if kind and kind[1] == "Connect" else "the connection broke"
    first = next(iter(summary.strip().splitlines()), "") or "an unknown failure"
    return without_addresses(first)[:300]


def without_addresses(text: str) -> str:
    """The text without the URLs in it."""
    return _ADDRESS.sub("…", text)
