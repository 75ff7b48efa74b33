"""Text that is safe to show and fits: control characters made visible, widths counted in terminal columns."""

from __future__ import annotations

import re

# C0 and C1 controls, bidirectional and invisible formatting, line separators, lone surrogates, tag characters. A cloud's names and
# errors may hold any of them; a terminal would obey.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """The text with everything a terminal would act on shown as an escape (``\\x1b``, ``\\u202e``)."""
    if text.isascii() and text.isprintable():
        return text
    return _HOSTILE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    known = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    if known:
        return known
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns(text: str) -> int:
    """How many terminal columns the text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if character < "\u0300":
        return 1
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def clip(text: str, limit: int) -> str:
    """The text cut to ``limit`` columns, with an ellipsis where something was cut."""
    if columns(text) <= limit:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns_of(character)
        if used > limit - 1:
            break
        kept.append(character)
    return "".join(kept) + "…" if limit > 0 else ""


def pad(text: str, to: int) -> str:
    """The text filled with spaces to ``to`` columns."""
    return text + " " * max(0, to - columns(text))


def wrap(text: str, limit: int) -> list[str]:
    """The text broken at spaces into lines of at most ``limit`` columns; a longer word stands alone."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and columns(line) + 1 + columns(word) > limit:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 resource``, ``5,000 resources``."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def seconds(value: float) -> str:
    """A duration for people: ``0.4s``, ``12s``, ``3m05s``, ``2h10m``."""
    if value < 10:
        return f"{value:.1f}s"
    whole = round(value)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def in_numbers(text: str) -> list[tuple[int, str]]:
    """A sorting key under which ``web["10"]`` comes after ``web["9"]``."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text)]
