"""Values as tagged JSON: what both ends of a plugin's connection can say to each other.

Owns the tags that `mosaic_hookspecs.plugin_protocol` lists. Records and enumerations of `mosaic_hookspecs`
arrive as such, since both ends have them; any other record arrives as one of the same fields and name.
What is no data is given to `lend`, and what stands for it to `borrow`. Refuses to load anything else.
"""

from __future__ import annotations

import base64
import enum
import functools
import importlib
import keyword
import math
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, MosaicError, Unavailable
from mosaic_hookspecs.wire import error_from_data

from ..failures import InputErrors
from .unexpected import tell_error, unexpected_error

CONTRACTS = "mosaic_hookspecs"
LENT = ("$ref", "$function", "$stream", "$context", "$yours")


def contract_name(kind: type) -> str | None:
    """Return what a class of the contracts is called on the wire; None for any other."""
    package, _, module = kind.__module__.partition(".")
    return f"{module}.{kind.__qualname__}" if package == CONTRACTS else None


@functools.cache
def contract_class(name: str) -> type:
    """Return the record or enumeration of that name.

    Raises:
        InputError: the contracts have none.
    """
    module, _, attribute = name.rpartition(".")
    if module.isidentifier() and attribute.isidentifier():
        try:
            found = getattr(importlib.import_module(f"{CONTRACTS}.{module}"), attribute, None)
        except ImportError:
            found = None
        if isinstance(found, type) and contract_name(found) == name and _is_data(found):
            return found
    raise _bad(f"a record of {CONTRACTS}", name[:80])


def _is_data(kind: type) -> bool:
    return attrs.has(kind) or issubclass(kind, enum.Enum)


class Encoder:
    """Writes the values of one message. `lend` returns the reference for what is no data."""

    def __init__(self, lend: Callable[[Any], Mapping[str, Any]]) -> None:
        self._lend = lend
        self._errors: dict[int, int] = {}

    def __call__(self, value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
        """Return `value` as tagged JSON."""
        if value is None or type(value) in (bool, int, str):
            return value
        kind = type(value)
        if kind is list:
            return [self(part) for part in value]
        if kind is tuple:
            return {"$tuple": [self(part) for part in value]}
        if isinstance(value, enum.Enum):
            name = contract_name(kind)
            return self(value.value) if name is None else {"$enum": name, "value": self(value.value)}
        if attrs.has(kind):
            return self._record(kind, value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else {"$float": repr(float(value))}
        return self._other(value)

    def _other(self, value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
        if isinstance(value, str | int):
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            return {"$bytes": base64.b64encode(value).decode("ascii")}
        if isinstance(value, set | frozenset):
            tag = "$frozenset" if isinstance(value, frozenset) else "$set"
            return {tag: [self(part) for part in value]}
        if isinstance(value, PurePath):
            return {"$path": str(value)}
        if isinstance(value, BaseException):
            if id(value) in self._errors:
                return {"$same": self._errors[id(value)]}
            self._errors[id(value)] = len(self._errors)
            return {"$error": tell_error(value)}
        return dict(self._lend(value))

    def _record(self, kind: type, value: Any) -> Any:
        name = contract_name(kind)
        fields = {field.alias: self(getattr(value, field.name)) for field in attrs.fields(kind) if field.init}
        return {"$data" if name is None else "$record": name or kind.__name__, "fields": fields}

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: self(part) for key, part in value.items()}
        return {"$map": [[self(key), self(part)] for key, part in value.items()]}


class Decoder:
    """Reads the values of one message. `borrow` returns what stands for a reference."""

    def __init__(self, borrow: Callable[[str, Mapping[str, Any]], Any]) -> None:
        self._borrow = borrow
        self._errors: list[Exception] = []
        self._readers: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "$tuple": lambda data: tuple(map(self._read, data["$tuple"])),
            "$record": self._record,
            "$enum": lambda data: contract_class(str(data["$enum"]))(self._read(data["value"])),
            "$map": lambda data: {self._read(key): self._read(part) for key, part in data["$map"]},
            "$set": lambda data: set(map(self._read, data["$set"])),
            "$frozenset": lambda data: frozenset(map(self._read, data["$frozenset"])),
            "$bytes": lambda data: base64.b64decode(data["$bytes"], validate=True),
            "$path": lambda data: Path(data["$path"]),
            "$float": lambda data: float(data["$float"]),
            "$error": self._error,
            "$same": lambda data: self._errors[data["$same"]],
            "$data": self._foreign,
        }

    def __call__(self, data: Any) -> Any:
        """Return the value that tagged JSON stands for.

        Raises:
            InputError: a tag is unknown or holds what it cannot (code ``bad-value``).
        """
        try:
            return self._read(data)
        except MosaicError:
            raise
        except RecursionError:
            raise _bad("less depth", "data that is nested too deep") from None
        except Exception as error:  # noqa: BLE001 - whatever the other side sent, it is told in words
            raise _bad("a value as the protocol writes it", f"{type(error).__name__}: {error}") from None

    def _read(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self._read(part) for part in data]
        if not isinstance(data, dict):
            return data
        tag = next((key for key in data if key.startswith("$")), None)
        if tag is None:
            return {key: self._read(part) for key, part in data.items()}
        if tag in LENT:
            return self._borrow(tag, data)
        reader = self._readers.get(tag)
        if reader is None:
            raise _bad("one of " + ", ".join((*self._readers, *LENT)), tag)
        return reader(data)

    def _record(self, data: Mapping[str, Any]) -> Any:
        kind: Any = contract_class(str(data["$record"]))
        # A newer minor version may have added fields that this side does not know.
        known = {field.alias for field in attrs.fields(kind) if field.init}
        return kind(**{name: self._read(part) for name, part in data["fields"].items() if name in known})

    def _foreign(self, data: Mapping[str, Any]) -> Any:
        fields = {name: self._read(part) for name, part in data["fields"].items()}
        return foreign_class(str(data["$data"]), tuple(fields))(**fields)

    def _error(self, data: Mapping[str, Any]) -> Exception:
        error = to_error(data["$error"])
        self._errors.append(error)
        return error


def to_error(data: Mapping[str, Any]) -> Exception:
    """Return the error of an error object; several mistakes as one that says all, and what nobody meant to
    raise as no `MosaicError`.
    """
    error = error_from_data(data)
    if isinstance(error, Unavailable) and error.code == "remote-error":
        return unexpected_error(data)
    others = getattr(error, "others", ())
    return InputErrors(others) if others and isinstance(error, InputError) else error


def foreign_class(name: str, fields: tuple[str, ...]) -> Any:
    """Return a record class for data whose own class is not here."""
    if not all(one.isidentifier() and not keyword.iskeyword(one) for one in (name, *fields)):
        raise _bad("a record's name and fields", name)
    return attrs.make_class(name, list(fields), frozen=True, kw_only=True, slots=False)


def _bad(expected: str, got: str) -> InputError:
    return InputError(
        "bad-value", "the other side sent a value that cannot be read", expected=expected, got=got
    )
