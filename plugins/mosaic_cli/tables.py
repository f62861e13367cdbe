"""Aligned columns of text, the plain way in which lists are shown."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .terminal_text import one_line

_WIDEST = 60


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows under headings, each column as wide as it needs; `empty` where there are no rows."""
    if not rows:
        click.echo(empty)
        return
    cells = [[one_line(cell, _WIDEST) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in [list(headings), *cells]) for index in range(len(headings))]
    click.secho(_line(headings, widths), bold=True)
    for row in cells:
        click.echo(_line(row, widths))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
