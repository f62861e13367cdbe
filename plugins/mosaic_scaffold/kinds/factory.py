"""The factory of an entity's rows and payloads, which the generated tests share."""

from __future__ import annotations

import re

from ..columns import Column
from ..service import Resource, Service
from ..source import bracketed, exploded, imports, literal
from .samples import needs_datetime, sample


def factory_text(service: Service, resource: Resource) -> str:
    """Return the module ``tests/factories/ENTITY.py``.

    Required references are filled with new rows, optional ones are left out.
    """
    needed = [column for column in resource.inputs if not column.references or column.is_required]
    payload = [f"{literal(column.name)}: {_value(service, column, as_json=True)}" for column in needed]
    values = [
        f"{literal(column.stored)}: "
        + (literal("no hash") if column.is_secret else _value(service, column, as_json=False))
        for column in needed
    ]
    text = f'"""{resource.plural.replace("_", " ").capitalize()} for tests."""\n\n'
    text += "from __future__ import annotations\n\n"
    text += _imports(service, resource, needed, payload + values) + "\n"
    if _counts(payload + values):
        text += "_numbers = itertools.count(1)\n\n"
    text += f"\ndef {resource.snake}_payload(session: orm.Session) -> dict[str, Any]:\n"
    text += f'    """Return what a client sends for a new {resource.words}."""\n'
    if _counts(payload):
        text += "    number = next(_numbers)\n"
    text += exploded("return {", payload, "}", depth=1)
    parameters = ["session: orm.Session", "/", "**changes: Any"]
    text += "\n\n" + bracketed(f"def make_{resource.snake}(", parameters, f") -> {resource.name}:")
    text += f'    """Store {resource.article}."""\n'
    if _counts(values):
        text += "    number = next(_numbers)\n"
    text += exploded("values: dict[str, Any] = {", values, "}", depth=1)
    text += f"    row = {resource.name}(**(values | changes))\n"
    return text + "    session.add(row)\n    session.commit()\n    return row\n"


def _value(service: Service, column: Column, *, as_json: bool) -> str:
    if column.references:
        target = service.resources[column.references]
        return f"make_{target.snake}(session).{target.key.attribute}"
    return sample(column, as_json=as_json)


def _counts(pairs: list[str]) -> bool:
    """Say whether values differ from row to row; names of fields may hold the word, too."""
    return any(re.search(r"\bnumber\b", pair.partition(": ")[2]) for pair in pairs)


def _imports(service: Service, resource: Resource, needed: list[Column], values: list[str]) -> str:
    standard = ["from typing import Any"]
    if _counts(values):
        standard.append("import itertools")
    if needs_datetime(values):
        standard.append("import datetime as dt")
    own = [f"from {service.package}.models.{resource.module} import {resource.name}"]
    for column in needed:
        if column.references:
            target = service.resources[column.references]
            own.append(f"from tests.factories.{target.module} import make_{target.snake}")
    return imports(*standard) + "\nfrom sqlalchemy import orm\n\n" + imports(*own)
