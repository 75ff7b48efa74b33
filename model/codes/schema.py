"""MC02xx: a document does not follow its schema: unknown or missing properties, wrong types, formats and units."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
