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
    return "".join(_rules(theme, mode, other) for mode, other in (("light", "dark"), ("dark", "light")))


def _rules(theme: Piece, mode: str, other: str) -> str:
    tokens = "".join(_lines(theme.data.get(mode)))
    return (
        f"@media (prefers-color-scheme: {mode}){{:root:not([data-mode={other}]){{{tokens}}}}}\n"
        f":root[data-mode={mode}]{{{tokens}}}\n"
    )


def _lines(tokens: Any) -> Iterator[str]:
    for name, value in (tokens if isinstance(tokens, Mapping) else {}).items():
        text = str(value)
        is_plain = _NAME.fullmatch(name) and _VALUE.fullmatch(text) and "url(" not in text.lower()
        if is_plain:
            yield f"--{name}:{text};"
