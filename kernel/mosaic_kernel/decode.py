"""Decodes plain data into attrs records with cattrs, and says of every mistake where it is.

Owns strictness: no number becomes text, no text a list, no unknown key is passed over. One converter a
plugin generation, because a converter keeps the classes that it has seen alive.
"""

from __future__ import annotations

import collections.abc
import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import (
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from mosaic_hookspecs.errors import InputError, Location

from .documents import Keys
from .failures import InputErrors, nearest
from .type_names import describe_type, describe_value

Record = TypeVar("Record")
_OF_VALIDATOR = re.compile(r"(?:Length of )?'(\w+)' must ")
Locate = Callable[[Keys, bool], Location | str]


class Mismatch(ValueError):
    """A value of the wrong type: what was expected instead."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def make_converter() -> cattrs.Converter:
    """Return a new strict converter."""
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _strict(kind))
    converter.register_structure_hook(Path, _path)
    converter.register_structure_hook(bytes, _bytes)
    converter.register_structure_hook_factory(_is_enum, _enum)
    converter.register_structure_hook_factory(_is_sequence, lambda kind: _sequence(kind, converter))
    converter.register_structure_hook_factory(_is_mapping, lambda kind: _mapping(kind, converter))
    converter.register_structure_hook_factory(attrs.has, lambda kind: _record(kind, converter))
    return converter


def decode(  # noqa: PLR0913 - what, from what, and how a mistake is told
    kind: type[Record],
    data: Any,
    *,
    converter: cattrs.Converter | None = None,
    locate: Locate | None = None,
    prefix: Keys = (),
    code: str = "bad-input",
) -> Record:
    """Return `data` as a `kind`.

    Raises:
        InputErrors: every mistake, each with the place that `locate` gives for its path (below
            `prefix`), or with that path itself.
    """
    converter = converter or make_converter()
    try:
        return converter.structure(data, kind)
    except (Mismatch, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
        found = list(_mistakes(error, kind, data, prefix, (locate or _plain, code)))
        raise InputErrors(found) from None


def path_text(keys: Keys) -> str:
    """Write a path as people do: ``jobs.build.steps[0]``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _plain(keys: Keys, at_key: bool) -> str:  # noqa: FBT001 - the shape of `Locate`
    return path_text(keys)


def _mistakes(
    error: BaseException, kind: Any, data: Any, keys: Keys, telling: tuple[Locate, str]
) -> Iterator[InputError]:
    locate, code = telling
    if isinstance(error, ClassValidationError | IterableValidationError):
        noted, rest = error.group_exceptions()
        for inner, note in noted:
            step = getattr(note, "index" if isinstance(error, IterableValidationError) else "name")
            below = data.get(step, _MISSING) if isinstance(data, Mapping) else _at(data, step)
            yield from _mistakes(inner, note.type, below, (*keys, step), telling)
        for inner in rest:
            field = _field_of(inner, kind)
            if field is not None and isinstance(data, Mapping) and field.name in data:
                yield from _mistakes(inner, field.type, data[field.name], (*keys, field.name), telling)
            else:
                yield from _mistakes(inner, kind, data, keys, telling)
    elif isinstance(error, ForbiddenExtraKeysError):
        fields = [field.name for field in attrs.fields(error.cl)]
        for key in sorted(error.extra_fields, key=str):
            place = (*keys, key)
            yield InputError(
                code,
                f"unknown key {path_text(place)!r}",
                where=locate(place, True),
                expected=f"one of {', '.join(fields)}" if fields else "no keys",
                got=str(key),
                hint=nearest(str(key), fields),
            )
    elif isinstance(error, InputError):
        yield _refused(error, keys, telling)
    elif data is _MISSING:
        yield InputError(
            code, f"{path_text(keys)!r} is missing", where=locate(keys, False), expected=describe_type(kind)
        )
    else:
        expected = error.expected if isinstance(error, Mismatch) else describe_type(kind)
        what = f"{path_text(keys)!r} is wrong" if keys else "the input is wrong"
        if isinstance(error, ValueError) and not isinstance(error, Mismatch | cattrs.BaseValidationError):
            what += f": {error}"
        allowed = [str(choice) for choice in _choices(kind)]
        yield InputError(
            code,
            what,
            where=locate(keys, False),
            expected=expected,
            got=describe_value(data),
            hint=nearest(data, allowed) if isinstance(data, str) else "",
        )


def _field_of(error: BaseException, kind: Any) -> Any:
    """Return the field that a validator of attrs has refused: it names it, in its message alone."""
    named = _OF_VALIDATOR.match(str(error.args[0])) if type(error) is ValueError and error.args else None
    fields = attrs.fields_dict(kind) if named is not None and attrs.has(kind) else {}
    return fields.get(named[1]) if named is not None else None


def _refused(error: InputError, keys: Keys, telling: tuple[Locate, str]) -> InputError:
    """Return what a record's own validator refused, at the place where the record stands."""
    locate, code = telling
    where = error.where
    if not isinstance(where, Location):
        where = locate((*keys, where) if where else keys, False)
    return InputError(code, error.what, where=where, expected=error.expected, got=error.got, hint=error.hint)


_MISSING: Any = object()


def _at(data: Any, index: Any) -> Any:
    try:
        return data[index]
    except (TypeError, KeyError, IndexError):
        return None


def _choices(kind: Any) -> list[Any]:
    if _is_enum(kind):
        return [member.value for member in kind]
    return list(get_args(kind)) if str(get_origin(kind)) == "typing.Literal" else []


def _strict(kind: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, wanted: Any) -> Any:
        if _is_enum(wanted):
            # cattrs finds this hook for enumerations of text and of numbers too.
            return _enum(wanted)(value, wanted)
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind and not (kind is str and isinstance(value, str)):
            raise Mismatch(describe_type(kind))
        return value

    return structure


def _path(value: Any, _: Any) -> Path:
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise Mismatch("a path")
    return Path(value)


def _bytes(value: Any, _: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Mismatch("text")
    return value.encode()


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _enum(kind: Any) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, kind):
            return value
        try:
            return kind(value)
        except ValueError:
            raise Mismatch(describe_type(kind)) from None

    return structure


_SEQUENCES = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Set)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def _is_sequence(kind: Any) -> bool:
    return (get_origin(kind) or kind) in _SEQUENCES


def _is_mapping(kind: Any) -> bool:
    return (get_origin(kind) or kind) in _MAPPINGS


def _sequence(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    origin = get_origin(kind) or kind
    arguments = get_args(kind) or (Any, ...)
    is_fixed = origin is tuple and arguments[-1] is not Ellipsis
    make: Any = {collections.abc.Sequence: tuple, collections.abc.Set: frozenset}.get(origin, origin)

    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, collections.abc.Iterable):
            raise Mismatch(describe_type(kind))
        items = list(value)
        kinds = list(arguments) if is_fixed else [arguments[0]] * len(items)
        if len(items) != len(kinds):
            raise Mismatch(describe_type(kind))
        return make(_each(zip(range(len(items)), items, kinds, strict=True), kind, converter))

    return structure


def _mapping(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    of_keys, of_values = get_args(kind) or (Any, Any)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Mismatch(describe_type(kind))
        names = _each(((key, key, of_keys) for key in value), kind, converter)
        parts = _each(((key, part, of_values) for key, part in value.items()), kind, converter)
        return dict(zip(names, parts, strict=True))

    return structure


def _each(parts: Iterable[tuple[Any, Any, Any]], kind: Any, converter: cattrs.Converter) -> list[Any]:
    # All the parts are tried, so that all the mistakes are told.
    values: list[Any] = []
    errors: list[Exception] = []
    for index, part, of_part in parts:
        try:
            values.append(converter.structure(part, of_part))
        except (ValueError, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
            error.__notes__ = [IterableValidationNote(f"at {index}", index, of_part)]
            errors.append(error)
    if errors:
        raise IterableValidationError("parts", errors, kind)
    return values


def _record(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    make = make_dict_structure_fn(
        kind, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True
    )

    def structure(value: Any, given: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise Mismatch("a mapping")
        return make(value, given)

    return structure
