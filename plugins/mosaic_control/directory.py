"""Where the control sockets of a project are: ``control`` in its state directory, for its user alone.

An address of a socket is short, so where that path is too long, ``control`` is a link to a directory in the
temporary directory. Whoever looks for the sockets resolves it first.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mosaic_hookspecs.errors import Unavailable

NAME = "control"
ENDING = ".sock"
_LONGEST_ADDRESS = 100  # the system takes 108 bytes, with the zero at the end
_LONGEST_NAME = 32


def make_directory(state_directory: Path) -> Path:
    """Return the directory of the sockets, without links in its path, and made if need be.

    Raises:
        Unavailable: it belongs to another user (code ``foreign-directory``).
        OSError: it cannot be made.
    """
    place = state_directory / NAME
    state_directory.mkdir(parents=True, exist_ok=True)
    if not place.is_symlink():
        real = Path(os.path.realpath(place))
        if len(os.fsencode(real)) + 1 + _LONGEST_NAME <= _LONGEST_ADDRESS:
            real.mkdir(mode=0o700, exist_ok=True)
            return _own(real)
    return _own(_linked(place))


def _linked(place: Path) -> Path:
    if place.is_symlink():
        target = Path(os.path.realpath(place))
        if target.is_dir():
            return target
        place.unlink(missing_ok=True)  # the temporary directory was cleared
    made = Path(tempfile.mkdtemp(prefix="mosaic-control-"))
    try:
        place.symlink_to(made)
    except FileExistsError:  # another process was faster
        made.rmdir()
    return Path(os.path.realpath(place))


def _own(directory: Path) -> Path:
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Unavailable(
            "foreign-directory",
            "the directory of the control sockets belongs to somebody else",
            where=str(directory),
            hint="Remove it, or put the state directory elsewhere.",
        )
    if stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004 - the owner alone
        directory.chmod(0o700)
    return directory


def leave(state_directory: Path) -> None:
    """Take the directory away, if nothing is in it any more."""
    place = state_directory / NAME
    with contextlib.suppress(OSError):
        Path(os.path.realpath(place)).rmdir()
        if place.is_symlink():
            place.unlink()


def others(directory: Path) -> Iterator[Path]:
    """Yield the sockets that are there, those that are being made included."""
    with contextlib.suppress(OSError):
        yield from [path for path in directory.iterdir() if path.name.endswith(ENDING)]
