"""Which fields of an answer are sent: ``fields=items.run_id,items.state`` names them from the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mosaic_hookspecs.errors import InputError

_MOST = 100


def paths_of(text: str, schema: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the paths that a selection names.

    Raises:
        InputError: one names nothing that the output has (code ``unknown-field``).
    """
    paths = [tuple(part.strip().split(".")) for part in text.split(",") if part.strip()][:_MOST]
    for path in paths:
        _require(path, schema)
    return paths


def selected(data: Any, paths: Sequence[tuple[str, ...]]) -> Any:
    """Return what the paths name of the data; lists are passed through."""
    if isinstance(data, list):
        return [selected(part, paths) for part in data]
    if not isinstance(data, dict) or not all(paths):
        return data
    found = {}
    for name in dict.fromkeys(path[0] for path in paths):
        if name in data:
            found[name] = selected(data[name], [path[1:] for path in paths if path[0] == name])
    return found


def _require(path: Sequence[str], schema: Mapping[str, Any]) -> None:
    at: list[Mapping[str, Any]] = [schema]
    for place, name in enumerate(path):
        here = [part for one in at for part in _alternatives(one)]
        known = {key: part for one in here for key, part in one.get("properties", {}).items()}
        if name in known:
            at = [known[name]]
            continue
        if any(_is_open(one) for one in here):
            return
        raise InputError(
            "unknown-field",
            f"the output has no field {'.'.join(path[: place + 1])!r}",
            where="fields",
            expected=", ".join(sorted(known)) or "no field below this one",
            got=name[:80],
        )


def _alternatives(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _alternatives(part)
    elif schema.get("type") == "array":
        yield from _alternatives(schema.get("items", {}))
    else:
        yield schema


def _is_open(schema: Mapping[str, Any]) -> bool:
    """Whether an object of this schema may hold what the schema does not name."""
    if not schema or (schema.get("type") == "object" and "properties" not in schema):
        return True
    return schema.get("type") == "object" and schema.get("additionalProperties") is not False
