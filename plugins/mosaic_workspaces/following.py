"""Lets the working tree of a repository that Mosaic made follow what is published.

Owns moving index and files from one published commit to the next, and repairing what a kill in
between left. Refuses to overwrite what the user changed: then everything stays, and a warning says so.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import trio

from mosaic_hookspecs import Log

from .git_repository import GitRepository
from .locks import await_lock

_SEARCHED = 200
_ROUNDS = 5


async def follow(repository: GitRepository, branch: str, lock_seconds: float, log: Log) -> bool:
    """Bring the repository's own working tree to the tip of `branch`, if that is checked out there.

    True if it shows the tip now; false if the user's changes are in the way.
    """
    head = await repository.run("symbolic-ref", "--quiet", "HEAD")
    if head.code or head.text != branch:
        return True
    for _ in range(_ROUNDS):
        tip, tip_tree = await repository.resolve_with_tree(branch)
        index = await repository.run("write-tree")
        if index.code == 0 and index.text == tip_tree:
            return True
        shown = await _shown_commit(repository, branch, index.text) if index.code == 0 else ""
        result = await repository.run("read-tree", "-m", "-u", shown or f"{tip}^", tip)
        if lock := result.locked_path:
            await await_lock(Path(lock), repository.common, lock_seconds)
            continue
        if result.code == 0:
            return True
        if shown and await _is_half_done(repository, tip):
            await repository.ask("read-tree", "--reset", "-u", tip)
            return True
        break
    log.warning(
        "workspaces.working-tree-left",
        repository=str(repository.path),
        branch=branch,
        hint="Its files have local changes. Commit or undo them, then: git read-tree -m -u HEAD",
    )
    return False


async def _shown_commit(repository: GitRepository, branch: str, tree: str) -> str:
    """Return the newest published commit with this tree; "" if there is none."""
    listed = await repository.ask("log", "--first-parent", f"-n{_SEARCHED}", "--format=%H %T", branch)
    for line in listed.splitlines():
        commit, _, its_tree = line.partition(" ")
        if its_tree == tree:
            return commit
    return ""


async def _is_half_done(repository: GitRepository, tip: str) -> bool:
    """Whether all that differs from the index is what the tip has: a kill stopped an earlier move."""
    changed = await repository.run("diff-files", "--name-only", "-z")
    wanted = await repository.run("ls-tree", "-r", "-z", "--full-tree", tip)
    others = await repository.run("ls-files", "--others", "-z")
    blobs: dict[bytes, bytes] = {}
    for line in wanted.output.split(b"\0"):
        details, _, name = line.partition(b"\t")
        if name:
            blobs[name] = details.split()[2]
    untracked = [name for name in others.output.split(b"\0") if name in blobs]
    for name in [name for name in changed.output.split(b"\0") if name] + untracked:
        if not await _is_beginning_of(repository, name, blobs.get(name)):
            return False
    return True


async def _is_beginning_of(repository: GitRepository, name: bytes, blob: bytes | None) -> bool:
    path = repository.path / name.decode(errors="surrogateescape")
    present: bytes | None = None
    with suppress(OSError):
        present = str(path.readlink()).encode() if path.is_symlink() else await trio.Path(path).read_bytes()
    if blob is None or present is None:
        # Deleted by the tip, or not written yet.
        return present is None
    wanted = await repository.run("cat-file", "blob", blob.decode())
    return wanted.code == 0 and wanted.output.startswith(present)
