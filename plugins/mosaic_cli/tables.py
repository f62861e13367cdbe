"""Aligned columns of text, the plain way in which lists are shown."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import click

from .terminal_text import one_line

_WIDEST = 60
_NARROWEST, _LEAST = 20, 6  # identifiers stay whole, to be copied


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows under headings, as wide as they need and a terminal allows; `empty` without rows."""
    if not rows:
        click.echo(empty)
        return
    headings = [one_line(heading, _WIDEST) for heading in headings]
    cells = [[one_line(cell, _WIDEST) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in [headings, *cells]) for index in range(len(headings))]
    if sys.stdout.isatty():
        _fit(widths, shutil.get_terminal_size().columns)
        cells = [[one_line(cell, width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    click.secho(_line(headings, widths), bold=True)
    for row in cells:
        click.echo(_line(row, widths))


def _fit(widths: list[int], columns: int) -> None:
    """Narrow the widest columns until a line of all fits; at last that of words, which is the last one."""
    while sum(widths) + 2 * (len(widths) - 1) > columns and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    spare = columns - sum(widths) - 2 * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(_LEAST, widths[-1] + spare))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
