"""Writes a project as a whole or not at all, and never over anything."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError, Location


def write_project(directory: Path, files: Mapping[str, str]) -> None:
    """Make a directory with these files.

    Raises:
        InputError: it exists (code ``directory-exists``), or it cannot be written (``not-written``);
            then nothing is left behind.
    """
    if os.path.lexists(directory):
        raise InputError(
            "directory-exists",
            "there is something of that name already, which is never overwritten",
            where=Location(path=str(directory)),
            hint="Name another place with --directory.",
        )
    staged: Path | None = None
    try:
        staged = Path(tempfile.mkdtemp(prefix=".mosaic-new-", dir=directory.parent))
        for path, text in files.items():
            file = staged / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        umask = os.umask(0)
        os.umask(umask)
        staged.chmod(0o777 & ~umask)  # mkdtemp makes it private
        staged.rename(directory)
    except OSError as error:
        raise InputError(
            "not-written",
            f"the project cannot be written: {error.strerror or error}",
            where=Location(path=str(directory)),
            hint="Name a place that exists and can be written with --directory.",
        ) from None
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
