"""Profiles: the built-in YAML layers that plugins bring."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError, Location

from .discovery import Listing
from .documents import read_yaml
from .failures import nearest
from .layers import Layer, of_document


def find_profiles(listings: Mapping[str, Listing]) -> dict[str, Path]:
    """Return the file of every profile by name; of two plugins with the same, the earlier name's."""
    found: dict[str, Path] = {}
    for listing in listings.values():
        if listing.directory is None or listing.problem:
            continue
        for name, file in listing.manifest.profiles.items():
            path = (listing.directory / file).resolve()
            if path.is_relative_to(listing.directory.resolve()):
                found.setdefault(name, path)
    return found


def profile_layer(name: str, listings: Mapping[str, Listing], where: Location | str | None) -> Layer:
    """Return a profile as a layer.

    Raises:
        InputError: there is no such profile, or its file is wrong.
    """
    found = find_profiles(listings)
    if name not in found:
        raise InputError(
            "unknown-profile",
            f"there is no profile {name!r}",
            where=where,
            expected="one of " + ", ".join(sorted(found)) if found else "a plugin that brings profiles",
            got=name,
            hint=nearest(name, found),
        )
    return of_document(f"profile {name}", read_yaml(found[name]))
