"""Themes: design tokens of a contribution as a style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .catalogue import Catalogue, Piece

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VALUE = re.compile(r"[^;{}<>\\@\x00-\x1f]{1,200}")


def theme_of(catalogue: Catalogue, name: str) -> Piece | None:
    """Return the theme of that name; None for Mosaic's own."""
    return catalogue.find("theme", name) if name else None


def style_of(theme: Piece) -> str:
    """Return a theme's style sheet: its tokens for light and dark, after the system or what was chosen."""
    light, dark = (theme.data.get(key, {}) for key in ("light", "dark"))
    light_text, dark_text = "".join(_lines(light)), "".join(_lines(dark))
    return (
        f":root{{{light_text}}}\n"
        f"@media (prefers-color-scheme: dark){{:root:not([data-mode=light]){{{dark_text}}}}}\n"
        f":root[data-mode=dark]{{{dark_text}}}\n"
    )


def _lines(tokens: Any) -> Iterator[str]:
    for name, value in (tokens if isinstance(tokens, Mapping) else {}).items():
        text = str(value)
        is_plain = _NAME.fullmatch(name) and _VALUE.fullmatch(text) and "url(" not in text.lower()
        if is_plain:
            yield f"--{name}:{text};"
