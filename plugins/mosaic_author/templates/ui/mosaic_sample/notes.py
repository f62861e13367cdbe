"""The panel: notes as a list. Refuses nothing; whatever a note holds is shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mosaic_hookspecs import Contribution


class NotesInterface:
    """`mosaic_hookspecs.Interface` with one panel. It stays the same while this generation lives."""

    def __init__(self, title: str, notes: Sequence[str]) -> None:
        items = "".join(f"<li>{escape(note)}</li>" for note in notes)
        html = f"<ul>{items}</ul>" if items else "<p>There are no notes.</p>"
        self._panel = Contribution(kind="panel", name="sample", title=title, data={"html": html})

    def contributions(self) -> Sequence[Contribution]:
        """Return the panel."""
        return (self._panel,)
