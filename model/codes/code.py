"""What one diagnostic code says."""

from __future__ import annotations

import msgspec


class Code(msgspec.Struct, frozen=True):
    """``title`` and ``help`` are templates over the diagnostic's args; ``explain`` is the page behind ``mcflow explain``.

    ``explain`` says what the code means, why mcflow refuses (or warns), and shows the wrong and the right way.
    """

    title: str
    explain: str
    help: str = ""
    severity: str = "error"
