"""Markdown from docstrings, records and tables."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Sequence
from typing import Any

import attrs

HEAD = "<!-- Made by docs/make_reference.py from the code; change the code, not this page. -->\n\n"


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table; a bar or a line break in a cell is escaped."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def text_of(thing: Any) -> str:
    """Return a docstring as Markdown: code marks doubled in RST become single."""
    doc = inspect.getdoc(thing) or ""
    return re.sub(r"``(.+?)``", r"`\1`", doc)


def type_name(kind: Any) -> str:
    """Write a type as people do in prose."""
    text = (
        kind
        if isinstance(kind, str)
        else getattr(kind, "__name__", "")
        if isinstance(kind, type)
        else str(kind)
    )
    text = re.sub(r"\b(?:[a-z_]+\.)+([A-Za-z])", r"\1", text)
    return text.replace("NoneType", "None")


def fields_table(record: type) -> str:
    """Return the fields of an attrs class as a table; "" if it has none."""
    with contextlib.suppress(NameError):
        attrs.resolve_types(record)
    rows = []
    for field in attrs.fields(record):
        if field.default is attrs.NOTHING:
            default = "required"
        elif isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            made = None if field.default.takes_self else field.default.factory()  # type: ignore[union-attr]
            default = "computed" if made else "empty"
        else:
            default = f"`{field.default!r}`" if not attrs.has(type(field.default)) else "default"
        rows.append([f"`{field.name}`", f"`{type_name(field.type)}`", default, field.metadata.get("help", "")])
    return table(["field", "type", "default", ""], rows) if rows else ""
