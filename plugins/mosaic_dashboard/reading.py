"""Carries out what a contribution reads, as whoever looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import trio

from mosaic_hookspecs import MosaicError, Principal, Unavailable, to_json_data

from .queries import Queries

_WHOLE = re.compile(r"\{([a-zA-Z_][\w.-]*)(?::(int|bool|list|text))?\}")
_MISSING = object()


@attrs.frozen(kw_only=True)
class Problem:
    """Why something could not be read or done, in the words of its error."""

    code: str
    what: str
    where: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""

    @classmethod
    def of(cls, error: MosaicError | OSError) -> Problem:
        """Return the words of an error."""
        if not isinstance(error, MosaicError):
            return cls(code="system", what=str(error))
        fields = ("where", "expected", "got", "hint")
        return cls(
            code=error.code, what=error.what, **{name: str(getattr(error, name) or "") for name in fields}
        )


@attrs.frozen(kw_only=True)
class Answers:
    """What was read, by name, as JSON data; and why something was not."""

    values: Mapping[str, Any]
    problems: Mapping[str, Problem]


async def read_all(
    queries: Queries,
    reads: Mapping[str, Mapping[str, Any]],
    params: Mapping[str, str],
    principal: Principal,
    seconds: float,
) -> Answers:
    """Carry out the reads in order, since later ones may refer to the answers of earlier ones; in `seconds`
    those that can be.
    """
    values: dict[str, Any] = dict.fromkeys(reads)
    failures: dict[str, MosaicError | OSError] = {
        name: Unavailable("late", f"{name} took too long to read", expected=f"at most {seconds:g} s")
        for name in reads
    }
    with trio.move_on_after(seconds):
        for name, read in reads.items():
            try:
                values[name] = await _read(queries, read, params, values, principal)
                del failures[name]
            except (MosaicError, OSError) as error:
                failures[name] = error
    told = {name: Problem.of(error) for name, error in failures.items() if not reads[name].get("optional")}
    return Answers(values=values, problems=told)


async def _read(
    queries: Queries,
    read: Mapping[str, Any],
    params: Mapping[str, str],
    values: Mapping[str, Any],
    principal: Principal,
) -> Any:
    data = filled(read.get("input", {}), params, values)
    return to_json_data(await queries.dispatch(str(read.get("operation", "")), data, principal))


def filled(data: Any, params: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    """Return an input with its placeholders replaced; what stands for nothing is left out."""
    found = _filled(data, params, values)
    return {} if found is _MISSING else found


def _filled(data: Any, params: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    if isinstance(data, Mapping):
        pairs = ((key, _filled(value, params, values)) for key, value in data.items())
        return {key: value for key, value in pairs if value is not _MISSING}
    if isinstance(data, list | tuple):
        return [one for item in data if (one := _filled(item, params, values)) is not _MISSING]
    whole = _WHOLE.fullmatch(data) if isinstance(data, str) else None
    if whole is None:
        return data
    name, kind = whole.groups()
    if name in params:
        return _typed(params[name], kind)
    head, _, rest = name.partition(".")
    value = values.get(head, _MISSING) if rest else _MISSING
    for key in rest.split(".") if rest else ():
        value = value.get(key, _MISSING) if isinstance(value, Mapping) else _MISSING
    return value


def _typed(text: str, kind: str | None) -> Any:
    if kind == "int":
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
    if kind == "bool":
        return text.lower() in ("1", "true", "yes", "on")
    if kind == "list":
        return [part for part in text.split(",") if part]
    return text if text or kind == "text" else _MISSING
