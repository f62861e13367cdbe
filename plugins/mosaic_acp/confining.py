"""Whether a path lies inside the workspace, and opening it so that it cannot lead out meanwhile.

Owns the rule for paths: links are followed as far as they stay inside, ``..`` is resolved as the machine would,
and what is opened is opened part by part from the workspace's own descriptor, so that a link that appears after
the look is refused. Git's own administration is no part of the workspace for writing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mosaic_hookspecs import Denied

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ADMINISTRATION = ".git"


class Fence:
    """The boundary of one workspace."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    def holds(self, path: str) -> bool:
        """Whether a path, relative to the workspace or absolute, is in it, wherever links lead."""
        return self._resolved(path) is not None

    def parts(self, path: str) -> tuple[str, ...]:
        """Return where in the workspace a path really is.

        Raises:
            Denied: it is outside (code ``outside``).
        """
        resolved = self._resolved(path)
        if resolved is None:
            raise Denied(
                "outside",
                "the path is outside of the workspace",
                expected=f"a path in {self.root}",
                got=path[:300],
                hint="Work only in the workspace.",
            )
        return resolved.relative_to(self.root).parts

    def refuse_administration(self, path: str) -> None:
        """Refuse to write what git itself keeps.

        Raises:
            Denied: it is git's (code ``administration``).
        """
        if _ADMINISTRATION in self.parts(path):
            raise Denied(
                "administration",
                "git's own files are not to be written",
                got=path[:300],
                hint="Leave only ordinary files; Mosaic makes the commit.",
            )

    @contextmanager
    def folder(self, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder that holds `path`, and give its descriptor and the name in it.

        Raises:
            Denied: the path is outside, or is made to lead out while it is opened.
            OSError: as opening does.
        """
        parts = self.parts(path)
        if not parts:
            raise IsADirectoryError(path)
        descriptor = os.open(self.root, _FOLDER)
        try:
            for part in parts[:-1]:
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=descriptor)
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, parts[-1]
        finally:
            os.close(descriptor)

    def _resolved(self, path: str) -> Path | None:
        if not path or "\0" in path or path.startswith("~"):
            return None
        try:
            resolved = Path(os.path.realpath(self.root / path))
        except (OSError, ValueError):
            return None
        return resolved if resolved.is_relative_to(self.root) else None
