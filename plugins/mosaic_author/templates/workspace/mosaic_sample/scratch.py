"""The provider: opens a scratch directory for each attempt, and cleans up after those that died.

Owns the names on the disk: an attempt's identifiers are written into a file, and only their digest into a
path, so that none can lead out of the state directory.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from mosaic_hookspecs import InputError, JsonObject, Proposal, Workspace, WorkspaceRequest

from .workspace import ScratchWorkspace

_RECORD = "attempt.json"


class ScratchProvider:
    """`mosaic_hookspecs.WorkspaceProvider` over plain directories."""

    name = "sample"

    def __init__(self, root: Path, grace_seconds: float) -> None:
        self._root = root
        self._grace_seconds = grace_seconds

    async def prepare(self, run_id: str, settings: JsonObject) -> JsonObject:
        """Check the directory that attempts begin with; see `mosaic_hookspecs.WorkspaceProvider`."""
        source = settings.get("repository", "")
        if not source:
            return settings
        path = trio.Path(str(source))
        if settings.get("create") is True:
            await path.mkdir(parents=True, exist_ok=True)
        if not await path.is_dir():
            raise InputError(
                "no-repository",
                "there is no directory to begin with",
                where="repository",
                got=str(source),
                hint="Correct the path, or ask for it to be created.",
            )
        return {**settings, "repository": str(await path.absolute())}

    @asynccontextmanager
    async def open(self, request: WorkspaceRequest) -> AsyncIterator[Workspace]:
        """Open a fresh directory for one attempt, and remove it at the end."""
        area = self._area(request)
        await trio.to_thread.run_sync(_make, area, request)
        try:
            workspace = ScratchWorkspace(area, self._grace_seconds)
            source = request.settings.get("repository")
            wants_copy = request.settings.get("copy") is True
            await workspace.begin(Path(str(source)) if source and wants_copy else None)
            yield workspace
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_remove, area)

    async def publish(self, request: WorkspaceRequest, proposal: Proposal) -> bool:
        """Publish nothing, which is always done."""
        return True

    async def reap(self, is_live: Callable[[str, str, int], bool]) -> int:
        """Remove what attempts left behind that are not live."""
        removed = 0
        for area, names in await trio.to_thread.run_sync(_areas, self._root):
            if names is None or not is_live(*names):
                await trio.to_thread.run_sync(_remove, area)
                removed += 1
        return removed

    def _area(self, request: WorkspaceRequest) -> Path:
        names = json.dumps([request.run_id, request.task_id, request.token])
        return self._root / hashlib.sha256(names.encode()).hexdigest()[:32]


def _make(area: Path, request: WorkspaceRequest) -> None:
    _remove(area)
    area.mkdir(parents=True)
    names = [request.run_id, request.task_id, request.token]
    (area / _RECORD).write_text(json.dumps(names), encoding="utf-8")


def _remove(area: Path) -> None:
    shutil.rmtree(area, ignore_errors=True)


def _areas(root: Path) -> list[tuple[Path, tuple[str, str, int] | None]]:
    """Return every attempt's directory, and whose it is (None: it does not say)."""
    found: list[tuple[Path, tuple[str, str, int] | None]] = []
    for area in sorted(root.iterdir()) if root.is_dir() else []:
        try:
            run_id, task_id, token = json.loads((area / _RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found.append((area, None))
        else:
            found.append((area, (run_id, task_id, token)))
    return found
