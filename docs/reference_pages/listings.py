"""Listings in pages written by hand: whole files, shown inline so that a page can be read on disk.

A block whose title is a path (from the root of the repository) holds what is in that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LISTING = re.compile(
    r'^```(?P<language>\w+) title="(?P<file>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)


def pages() -> Sequence[Path]:
    """Return the pages that are written by hand."""
    made = ROOT / "docs" / "reference"
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent != made]


def listings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each listing in a page."""
    for found in _LISTING.finditer(text):
        yield found["file"], found["text"]


def refreshed(text: str) -> str:
    """Return a page with its listings as their files are now."""

    def listing(found: re.Match[str]) -> str:
        source = (ROOT / found["file"]).read_text("utf-8").rstrip()
        return f'```{found["language"]} title="{found["file"]}"\n{source}\n```'

    return _LISTING.sub(listing, text)
