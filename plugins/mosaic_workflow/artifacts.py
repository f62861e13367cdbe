"""Artifacts: files that one job of a run keeps for others and for people, in the storage port."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs import Storage, documents_of

from .files import matching
from .shells import inside
from .uses import is_artifact_name

COLLECTION = "workflow.artifacts"


class ArtifactError(Exception):
    """An artifact cannot be kept or fetched; the words say why."""


def key_of(run_id: str, name: str) -> str:
    """Return the document's key of an artifact.

    Raises:
        ArtifactError: the name cannot be one.
    """
    if not is_artifact_name(name):
        raise ArtifactError(f"{name[:60]!r} cannot be an artifact's name")
    return f"{run_id}/{name}"


async def upload(  # noqa: PLR0913 - what, where from, where to, and for whom
    storage: Storage,
    run_id: str,
    task_id: str,
    name: str,
    patterns: Sequence[str],
    root: Path,
    *,
    overwrite: bool,
    max_bytes: int,
) -> int:
    """Keep the files that `patterns` select under `root`; return how many (0: nothing was kept).

    Raises:
        ArtifactError: another task has an artifact of that name, or it would be too big.
    """
    key = key_of(run_id, name)
    try:
        files = await trio.to_thread.run_sync(matching, root, patterns)
    except ValueError as error:
        raise ArtifactError(str(error)) from None
    if not files:
        return 0
    old = await storage.get_document(COLLECTION, key)
    if old is not None and old.body.get("task_id") != task_id and not overwrite:
        raise ArtifactError(f"the task {old.body.get('task_id')} has an artifact named {name!r} already")
    sizes = [path.stat().st_size for path in files]
    if sum(sizes) > max_bytes:
        raise ArtifactError(f"the artifact has {sum(sizes)} bytes, more than the {max_bytes} that may be kept")
    base = _common(files, root)
    entries: list[dict[str, Any]] = []
    for path, size in zip(files, sizes, strict=True):
        data = await trio.to_thread.run_sync(path.read_bytes)
        entries.append(
            {
                "path": path.relative_to(base).as_posix(),
                "digest": await storage.put_blob(data),
                "size": size,
                "executable": bool(path.stat().st_mode & stat.S_IXUSR),
            }
        )
    await storage.put_document(COLLECTION, key, {"name": name, "task_id": task_id, "files": entries})
    return len(entries)


def _common(files: Sequence[Path], root: Path) -> Path:
    """Return the deepest directory that holds all files, as GitHub lays artifacts out."""
    base = files[0].parent
    while not all(path.is_relative_to(base) for path in files):
        base = base.parent
    return base if base.is_relative_to(root) else root


async def names(storage: Storage, run_id: str) -> Sequence[str]:
    """Return the names of a run's artifacts."""
    found = await documents_of(storage, COLLECTION, f"{run_id}/")
    return [document.key.removeprefix(f"{run_id}/") for document in found]


async def download(storage: Storage, run_id: str, name: str, target: Path) -> int:
    """Write an artifact's files under `target`; return how many.

    Raises:
        ArtifactError: there is no such artifact, or a part of it is missing.
    """
    document = await storage.get_document(COLLECTION, key_of(run_id, name))
    if document is None:
        known = ", ".join(await names(storage, run_id)) or "there is none"
        raise ArtifactError(f"the run has no artifact named {name!r}; it has: {known}")
    entries: Any = document.body["files"]
    for entry in entries:
        data = await storage.get_blob(entry["digest"])
        if data is None:
            raise ArtifactError(f"{entry['path']} of the artifact {name!r} is not stored any more")
        await trio.to_thread.run_sync(_write, target, entry, data)
    return len(entries)


def _write(target: Path, entry: Mapping[str, Any], data: bytes) -> None:
    path = inside(target, str(entry["path"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if entry.get("executable"):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
