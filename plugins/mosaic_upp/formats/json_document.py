"""JSON text, decoded strictly, that still knows where each value stands.

Refuses what JSON for plans must not hold: NaN and infinity, keys given twice, half surrogates, and
nesting deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import attrs

from mosaic_hookspecs import InputError, Location

from .json_scan import Pointer, first_refused, line_and_column, offset_of, pointer_text
from .limits import MAX_DEPTH, require_size

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


@attrs.frozen(kw_only=True)
class JsonDocument:
    """A decoded document. `first_line` is the line of the file that `text` begins on."""

    value: Any
    text: str
    path: str
    first_line: int = 1

    def location(self, pointer: Pointer) -> Location:
        """Return the place of the value that `pointer` leads to."""
        line, column = line_and_column(self.text, offset_of(self.text, pointer))
        return Location(path=self.path, line=line + self.first_line - 1, column=column)

    def error(
        self, pointer: Pointer, what: str, *, expected: str = "", got: str = "", hint: str = ""
    ) -> InputError:
        """Make the error that says what is wrong with the value that `pointer` leads to."""
        name = pointer_text(pointer)
        return InputError(
            "bad-plan",
            f"{name}: {what}" if name else what,
            where=self.location(pointer),
            expected=expected,
            got=got,
            hint=hint,
        )


def load_json(text: str, path: str, *, first_line: int = 1) -> JsonDocument:
    """Decode JSON text.

    Raises:
        InputError: the text is too large, or no strict JSON; with line and column.
    """
    require_size(text, path)
    text = text.removeprefix("\ufeff")

    def refuse(offset: int, problem: str) -> NoReturn:
        line, column = line_and_column(text, offset)
        raise InputError(
            "bad-json",
            "not strict JSON",
            where=Location(path=path, line=line + first_line - 1, column=column),
            expected="JSON (RFC 8259)",
            got=problem,
        )

    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_finite, parse_float=_finite)
    except json.JSONDecodeError as error:
        refuse(error.pos, error.msg[:1].lower() + error.msg[1:])
    except (ValueError, RecursionError):
        refuse(*first_refused(text))
    if _is_too_deep(value) or (_HALF_PAIR.search(text) and not _is_encodable(value)):
        refuse(*first_refused(text))
    return JsonDocument(value=value, text=text, path=path, first_line=first_line)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key is given twice")
    return record


def _finite(token: str) -> float:
    value = float(token)
    if not math.isfinite(value):
        raise ValueError("the number is not finite")
    return value


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_too_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(MAX_DEPTH + 1):
        layer = [
            child
            for item in layer
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not layer:
            return False
    return True
