"""Reads manifests: what a plugin says of itself, found without importing it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cattrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.manifest import MANIFEST_FILE, Manifest

from .decode import decode, make_converter
from .documents import Document, read_yaml


def package_directory(target: str) -> Path | None:
    """Return the directory of the top-level package of an entry point's value; nothing is imported."""
    top = target.partition(":")[0].partition(".")[0].strip()
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


def missing_imports(modules: Sequence[str]) -> tuple[str, ...]:
    """Return those of `modules` whose top-level package is not installed."""
    missing = []
    for module in modules:
        try:
            is_there = importlib.util.find_spec(module.partition(".")[0]) is not None
        except (ImportError, ValueError, AttributeError):
            is_there = False
        if not is_there:
            missing.append(module)
    return tuple(missing)


def read_manifest_data(directory: Path, name: str) -> dict[str, Any]:
    """Return the plain data of one plugin's manifest, checked.

    Raises:
        InputError: there is none, it does not name this plugin, or it is wrong, with the place.
    """
    file = directory / MANIFEST_FILE
    document = read_yaml(file)
    data = document.data
    if not isinstance(data, Mapping) or name not in data:
        raise InputError(
            "bad-manifest",
            f"the manifest does not name the plugin {name!r}",
            where=document.where(),
            expected=f"the key {name!r}",
            got=", ".join(map(str, data)) if isinstance(data, Mapping) else "no mapping",
        )
    fields = {} if data[name] is None else data[name]
    _check(document, name, fields)
    return dict(fields)


def _check(document: Document, name: str, fields: Any) -> None:
    decode(
        Manifest,
        fields,
        converter=_converter(),
        locate=lambda keys, at_key: document.where(keys, at_key=at_key),
        prefix=(name,),
        code="bad-manifest",
    )


def decode_manifest(fields: Mapping[str, Any]) -> Manifest:
    """Return a manifest of plain data."""
    return decode(Manifest, fields, converter=_converter(), code="bad-manifest")


@cache
def _converter() -> cattrs.Converter:
    # One for all manifests: its only classes are the ground floor's, and to make one costs more than to use it.
    return make_converter()
