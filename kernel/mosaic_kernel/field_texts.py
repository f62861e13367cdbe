"""Reads values that were written as text, as a form has them, by the kind of the key that each is for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mosaic_hookspecs.errors import InputError

from .config_fields import ConfigField
from .failures import InputErrors

_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}
_EXPECTED: Mapping[str, str] = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "choice": "one of those to choose from",
    "data": "JSON",
}


def values_of(texts: Mapping[str, str], fields: Iterable[ConfigField]) -> dict[str, Any]:
    """Return the values that the texts stand for, without those that are in force already.

    A key that no field has keeps its text: whoever decodes it says what is wrong with it. Nothing, in a field
    whose value is no text, takes back what was set; of a secret, it changes nothing.

    Raises:
        InputErrors: texts that are nothing of their field's kind, each at its key (code ``bad-text``).
    """
    known = {field.key: field for field in fields}
    values: dict[str, Any] = {}
    mistakes: list[InputError] = []
    for key, text in texts.items():
        field = known.get(key)
        if field is None:
            values[key] = text
            continue
        if not text.strip() and (field.is_secret or field.value is None):
            continue
        try:
            value = _value(field, text)
        except ValueError as error:
            told = str(error) if field.kind == "data" and text.strip() else repr(text)[:60]
            mistakes.append(
                InputError(
                    "bad-text",
                    f"{key!r} is wrong",
                    where=key,
                    expected=_EXPECTED.get(field.kind, ""),
                    got=told,
                )
            )
            continue
        if value != field.value or type(value) is not type(field.value):
            values[key] = value
    if mistakes:
        raise InputErrors(mistakes)
    return values


def _value(field: ConfigField, text: str) -> Any:
    """Return what a text stands for; None if that is nothing.

    Raises:
        ValueError: it is nothing of the field's kind.
    """
    plain = text.strip()
    if field.kind == "text":
        return text.replace("\r\n", "\n")
    if field.kind == "list":
        lines = [line.strip() for line in plain.splitlines()]
        return [line for line in lines if line] or (None if field.is_optional else [])
    if plain and field.kind == "choice":
        return next((choice for choice in field.choices if str(choice) == plain), text)
    value = _READERS[field.kind](plain) if plain else None
    if value is None and not (field.is_live or field.is_optional):
        raise ValueError(plain)
    return value


def _truth(text: str) -> bool:
    if text not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[text]


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_READERS: Mapping[str, Callable[[str], Any]] = {
    "choice": str,
    "boolean": _truth,
    "integer": int,
    "number": _number,
    "data": json.loads,
}
