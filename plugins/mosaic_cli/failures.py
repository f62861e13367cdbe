"""How an error becomes words on stderr and an exit code."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator

import click

from mosaic_hookspecs.errors import InputError, MosaicError, NotFound, Unavailable

from .terminal_text import inert

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is too large",
}


def report(error: BaseException) -> int:
    """Print what went wrong; return the exit code that fits.

    Returns:
        2 for the user's input, names and configuration; 130 when interrupted; 1 for what was refused or
        could not be done.

    Raises:
        the error itself, if it is none that Mosaic or the operating system explains: a bug.
    """
    leaves = list(_leaves(error))
    if any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
        click.echo("Interrupted. `mosaic run --resume` goes on.", err=True)
        return 130
    for leaf in leaves:
        if isinstance(leaf, click.ClickException):
            show(leaf)
            return 2
        if not isinstance(leaf, (MosaicError, OSError)):
            raise error
    codes = []
    for leaf in leaves:
        if isinstance(leaf, MosaicError):
            click.echo(_render(leaf), err=True)
            codes.append(2 if isinstance(leaf, (InputError, NotFound, Unavailable)) else 1)
        elif isinstance(leaf, OSError):
            reason = _DISK.get(leaf.errno or 0, leaf.strerror or str(leaf))
            click.echo(inert(f"error: {leaf.filename or 'storage'}: {reason}"), err=True)
            codes.append(1)
    return max(codes, default=1)


def show(error: click.ClickException) -> None:
    """Show an error of click's, in which there may be names and words of plugins."""
    words = io.StringIO()
    error.show(words)
    click.echo(inert(words.getvalue()), nl=False, err=True)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _render(error: MosaicError) -> str:
    lines = []
    for one in getattr(error, "others", ()) or (error,):
        head = f"{one.where}: " if one.where else ""
        lines.append(f"error: {head}{one.what} [{one.code}]")
        if one.expected:
            lines.append(f"  expected: {one.expected}")
        if one.got:
            lines.append(f"  got: {one.got}")
        if one.hint:
            lines.append(f"  hint: {one.hint}")
    return inert("\n".join(lines))
