"""Draws templates: Jinja in a sandbox, with escaping on, so that data stays data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, TemplateError, Undefined
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
            undefined=Undefined,
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
        """Draw a contribution's template.

        Raises:
            jinja2.TemplateError: it is none, or it does what the sandbox does not allow.
        """
        template = self._texts.get(text)
        if template is None:
            if len(self._texts) >= _MOST_TEMPLATES:
                self._texts.clear()
            template = self._texts[text] = self._environment.from_string(text)
        return Markup(template.render(values))  # noqa: S704 - escaping is on

    def _island(self, name: str, data: Any = None, **attributes: Any) -> Markup:
        """Return the place of an island: a built module of ours, with its data."""
        module = self._assets.address(f"{name}.js")
        style = self._assets.find(f"{name}.css")
        return island_place(name, module, data, style or "", attributes.get("fallback", ""))


def _templates() -> dict[str, str]:
    """Read all templates at once: those of one generation belong together, whatever is installed meanwhile."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for folder in (_HERE / "templates", _HERE / "pages")
        for path in folder.rglob("*")
        if path.suffix in (".html", ".svg")
    }


def island_place(name: str, module: str, data: Any, style: str = "", fallback: str = "") -> Markup:
    """Return where a module is mounted. Its data is a block of JSON, which no browser runs."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(
        '<div class="island" data-island="{}" data-module="{}" data-style="{}" data-hx-morph-skip>'
        '{}<script type="application/json">{}</script></div>'
    ).format(name, module, style, fallback, Markup(text))  # noqa: S704 - nothing in it ends the block


__all__ = ["Drawer", "TemplateError", "island_place"]
