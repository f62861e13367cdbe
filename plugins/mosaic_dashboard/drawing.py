"""Draws templates: Jinja in a sandbox, with escaping on, so that data stays data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from .assets import Assets
from .filters import FILTERS

_HERE = Path(__file__).parent
_MOST_TEMPLATES = 500


class Drawer:
    """Draws templates of the dashboard and of contributions."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(_templates()),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters |= FILTERS
        self._environment.globals |= {"asset": assets.address, "island": self._island}
        self._texts: dict[str, Any] = {}

    def draw_file(self, name: str, values: Mapping[str, Any]) -> Markup:
        """Draw a template of the dashboard's own."""
        return Markup(self._environment.get_template(name).render(values))  # noqa: S704 - escaping is on

    def draw_text(self, text: str, values: Mapping[str, Any]) -> Markup:
        """Draw a contribution's template. Raises whatever it does: it is somebody's, and so is the data."""
        template = self._texts.get(text)
        if template is None:
            if len(self._texts) >= _MOST_TEMPLATES:
                self._texts.clear()
            template = self._texts[text] = self._environment.from_string(text)
        return Markup(template.render(values))  # noqa: S704 - escaping is on

    def _island(self, name: str, data: Any = None, *, fallback: str = "") -> Markup:
        """Return the place of an island: a built module of ours, with its data."""
        return island_place(name, self._assets.address(f"{name}.js"), data, fallback=fallback)


def _templates() -> dict[str, str]:
    """Read all templates at once: those of one generation belong together, whatever is installed meanwhile."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for folder in (_HERE / "templates", _HERE / "pages")
        for path in folder.rglob("*")
        if path.suffix in (".html", ".svg")
    }


def island_place(name: str, module: str, data: Any, *, key: str = "", fallback: str = "") -> Markup:
    """Return where a module is mounted. Its data is a block of JSON, which no browser runs.

    Where the page is drawn anew, what is mounted stays, unless its key is another.
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    place = Markup(' id="{}"').format(key) if key else ""
    return Markup(
        '<div class="island"{} data-island="{}" data-module="{}" data-hx-morph-skip>'
        '{}<script type="application/json">{}</script></div>'
    ).format(place, name, module, fallback, Markup(text))  # noqa: S704 - nothing in it ends the block
