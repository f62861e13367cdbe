"""Sample values: Python text of values that a column takes, or refuses, for generated tests.

Text speaks of ``number``, an integer that differs from row to row, where values must differ.
"""

from __future__ import annotations

from ..columns import Column
from ..service import Service
from ..source import literal

_PLAIN = {"integer": "number", "number": "number + 0.5", "boolean": "True"}
_TIMES = {
    "date": ('f"{2000 + number}-01-15"', "dt.date(2000 + number, 1, 15)"),
    "datetime": (
        'f"{2000 + number}-01-15T12:00:00+00:00"',
        "dt.datetime(2000 + number, 1, 15, 12, tzinfo=dt.UTC)",
    ),
}


def sample(column: Column, *, as_json: bool) -> str:
    """Return text for a good value, as JSON data or as the model takes it. Not for references."""
    if column.type in _PLAIN:
        return _PLAIN[column.type]
    if column.type == "enum":
        return literal(column.choices[0])
    if column.type in _TIMES:
        return _TIMES[column.type][0 if as_json else 1]
    if column.max_length is None or column.max_length >= len("sample") + 8:
        return 'f"sample {number}"'
    return f"str(number)[-{column.max_length}:]"


def fixed_json(service: Service, column: Column) -> tuple[str, str]:
    """Return text for a good JSON value that never differs, and for what the rules make of it."""
    kind = service.key_type(column)
    if kind in {"integer", "number", "boolean"}:
        return {"integer": ("7", "7"), "number": ("2.5", "2.5"), "boolean": ("True", "True")}[kind]
    if kind == "date":
        return '"2024-01-15"', "dt.date(2024, 1, 15)"
    if kind == "datetime":
        return '"2024-01-15T12:00:00+00:00"', "dt.datetime(2024, 1, 15, 12, tzinfo=dt.UTC)"
    if kind == "enum":
        return literal(column.choices[-1]), literal(column.choices[-1])
    text = "changed" if column.max_length is None or column.references else "changed"[: column.max_length]
    return literal(text), literal(text)


def wrong_json(service: Service, column: Column) -> list[tuple[str, str]]:
    """Return texts of bad JSON values, each with a word of the message that refuses it."""
    kind = service.key_type(column)
    wrong = {
        "integer": [('"seven"', "integer"), ("True", "integer"), ("2.5", "integer")],
        "number": [('"many"', "number"), ("True", "number")],
        "boolean": [('"yes"', "true or false"), ("1", "true or false")],
        "date": [('"soon"', "date"), ("2024", "date")],
        "datetime": [('"soon"', "moment"), ("2024", "moment")],
        "enum": [('"no such choice"', "one of"), ("1", "one of")],
    }.get(kind, [("7", "string"), ("[]", "string")])
    if column.max_length is not None and kind in {"string", "text"} and not column.references:
        wrong.append((f'"x" * {column.max_length + 1}', "at most"))
    if column.is_required:
        wrong.append(("None", "null"))
    return wrong


def needs_datetime(texts: list[str]) -> bool:
    """Say whether texts speak of the module ``datetime`` (as ``dt``)."""
    return any("dt." in text for text in texts)
