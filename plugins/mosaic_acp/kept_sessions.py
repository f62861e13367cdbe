"""Sessions that a later attempt at the same task may go on in, with the home where the agent keeps them.

Owns where they lie (under ``acp`` in the state directory), their bound, and the test whether one still fits:
the same agent, the same program, and a workspace that begins with the same content. Refuses to keep many.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import Assignment, Workspace

_RECORD = "session.json"
_HOME = "home"
_MOST = 20
_LARGEST = 64 * 1024 * 1024
_LISTED = 20_000


@attrs.frozen(kw_only=True)
class KeptSession:
    """What is known of a session: its name at the agent, what it was for, and what it had cost."""

    session_id: str
    fits: str
    money: float = 0.0


class KeptSessions:
    """The sessions of one agent."""

    def __init__(self, state_directory: Path, agent: str) -> None:
        self._folder = state_directory / "acp"
        self._agent = agent

    async def restore(self, assignment: Assignment, home: Path, fits: str) -> KeptSession | None:
        """Put a kept session's home where the next process has its own, and return the session; None if there
        is none that fits.
        """
        return await trio.to_thread.run_sync(self._restore, self._place(assignment), home, fits)

    async def keep(self, assignment: Assignment, home: Path, session: KeptSession) -> None:
        """Keep a session, unless its home is too large."""
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._keep, self._place(assignment), home, session)

    def _place(self, assignment: Assignment) -> Path:
        key = f"{assignment.run_id}\0{assignment.spec.task_id}\0{self._agent}"
        return self._folder / hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]

    def _restore(self, place: Path, home: Path, fits: str) -> KeptSession | None:
        try:
            session = KeptSession(**json.loads((place / _RECORD).read_text(encoding="utf-8")))
            if session.fits != fits:
                return None
            shutil.copytree(place / _HOME, home, symlinks=True, dirs_exist_ok=True)
        except (OSError, ValueError, TypeError, shutil.Error):
            return None
        return session

    def _keep(self, place: Path, home: Path, session: KeptSession) -> None:
        shutil.rmtree(place, ignore_errors=True)
        if not home.is_dir() or _size(home) > _LARGEST:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            place.mkdir(mode=0o700)
            shutil.copytree(home, place / _HOME, symlinks=True, ignore=_not_files)
            (place / _RECORD).write_text(json.dumps(attrs.asdict(session)), encoding="utf-8")
        except (OSError, shutil.Error):
            shutil.rmtree(place, ignore_errors=True)
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        kept = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[_MOST:]:
            shutil.rmtree(path, ignore_errors=True)


async def home_of(workspace: Workspace) -> Path:
    """Return the home directory of the workspace's processes."""
    done = await workspace.execute(["/bin/sh", "-c", 'printf %s "$HOME"'])
    return Path(os.fsdecode(done.output))


async def fingerprint(workspace: Workspace, argv: tuple[str, ...]) -> str:
    """Return what tells a workspace's content, and the program that is to work in it, from others."""
    content = await trio.to_thread.run_sync(_content, workspace.path)
    return hashlib.sha256("\0".join((*argv, content)).encode(errors="surrogateescape")).hexdigest()


def _content(root: Path) -> str:
    digest = hashlib.sha256()
    listed = 0
    for folder, folders, names in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            if name == ".git" or path.is_symlink() or not path.is_file():
                continue
            listed += 1
            if listed > _LISTED:
                return "too-large-to-tell" + os.urandom(8).hex()
            digest.update(os.fsencode(path.relative_to(root)) + b"\0")
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _size(folder: Path) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(directory) / name).lstat().st_size
    return total


def _not_files(directory: str, names: list[str]) -> set[str]:
    """Name what cannot be copied: sockets, pipes."""
    paths = {name: Path(directory) / name for name in names}
    return {name for name, path in paths.items() if not (path.is_file() or path.is_dir() or path.is_symlink())}
