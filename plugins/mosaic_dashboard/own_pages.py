"""The dashboard's own contributions: a folder a page, with the declarations in its ``page.yaml``.

A declaration is a contribution as data, with two conveniences: ``template`` names a file of the folder, and
``island`` a built module of ``static``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mosaic_hookspecs import Contribution

PAGES = Path(__file__).with_name("pages")
_FIELDS = ("kind", "name", "title")


@cache
def own_contributions() -> Sequence[Contribution]:
    """Return every page's declarations, which are read when they are first asked for."""
    found: list[Contribution] = []
    for path in sorted(PAGES.glob("*/page.yaml")):
        entries: list[dict[str, Any]] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        found += [_contribution(entry, path.parent.name) for entry in entries]
    return tuple(found)


def _contribution(entry: dict[str, Any], folder: str) -> Contribution:
    data = {key: value for key, value in entry.items() if key not in _FIELDS}
    if "template" in data:
        data["template"] = f'{{% include "{folder}/{data["template"]}" %}}'
    return Contribution(kind=entry["kind"], name=entry["name"], title=entry["title"], data=data)
