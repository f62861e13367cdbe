"""Building: from a piece of work to the files that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError

from .kinds import database, documentation, endpoint, model, openapi, project, server, tests, validation
from .work import Work
from .writing import read_file, write_files

_FILES: Mapping[str, Callable[[Work], dict[str, str]]] = {
    "service.project": project.files,
    "service.database": database.files,
    "service.model": model.files,
    "service.validation": validation.files,
    "service.tests": tests.files,
    "service.openapi": openapi.files,
    "service.server": server.files,
    "service.documentation": documentation.files,
}


def build(root: Path, work: Work) -> list[str]:
    """Do a piece of work in a workspace, and return the paths that changed.

    The same work on the same workspace makes the same bytes, and nothing the second time.

    Raises:
        InputError: what the work stands on is not there yet, or a path leads out of the workspace.
    """
    for path in _foundations(work):
        if read_file(root, path) is None:
            raise InputError(
                "no-foundation",
                f"{work.kind} builds on {path}, which is not there",
                where=path,
                hint="Do the tasks that it depends on first.",
            )
    return write_files(root, files_of(work, lambda path: read_file(root, path)))


def files_of(work: Work, read: Callable[[str], str | None]) -> dict[str, str]:
    """Return the text of every file that a piece of work makes, by path."""
    if work.kind == "service.endpoint":
        return endpoint.files(work, read)
    return _FILES[work.kind](work)


def _foundations(work: Work) -> list[str]:
    """Return the files of earlier work without which this work's own tests could not pass."""
    package, resource = work.service.package, work.resource
    if work.kind == "service.project":
        return []
    paths = [f"{package}/__init__.py"]
    if work.kind in {"service.model", "service.endpoint", "service.tests", "service.openapi"}:
        paths.append(f"{package}/database.py")
    if resource is None or work.kind == "service.validation":
        return paths
    circle = work.service.circle(resource.name)
    needed = {column.references for column in resource.references}
    needed = needed - set(circle) if work.kind == "service.model" else needed | {resource.name}
    paths += sorted(f"{package}/models/{work.service.resources[name].module}.py" for name in needed)
    if work.kind == "service.endpoint":
        paths.append(f"{package}/validation/{resource.module}.py")
    if work.kind == "service.tests":
        paths.append(f"{package}/resources/{resource.plural_module}.py")
    return paths
