"""Rendering the templates, which are Python files with ``$name`` where the service differs."""

from __future__ import annotations

import json
from importlib import resources
from string import Template

from .service import Service
from .source import literal


def render(template: str, service: Service, **values: str) -> str:
    """Return a template's text for a service; `values` are filled in besides what all templates know."""
    text = resources.files(__package__).joinpath("templates", f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(
        package=service.package,
        distribution=service.package.replace("_", "-"),
        variable=f"{service.package.upper()}_DATABASE",
        title=service.title.replace("\\", "/").replace('"', "'"),
        title_literal=literal(service.title),
        title_toml=json.dumps(service.title, ensure_ascii=False),
        **values,
    )
