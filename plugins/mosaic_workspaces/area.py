"""The area of one attempt on disk: its working directory, home and temporary directory, and whose it is.

Owns the names under which attempts lie in the state directory. Any run and task identifier makes a
safe name: nothing in it can leave the directory.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import attrs

from mosaic_hookspecs import WorkspaceRequest

_TRIES = 100
_RECORD = "attempt.json"
_LONGEST_NAME = 100


@attrs.frozen(kw_only=True)
class Area:
    """Where one attempt lives. `repository` is the git directory that its worktrees belong to, if any, and
    `base` the commit that it began at.
    """

    path: Path
    run_id: str
    task_id: str
    token: int
    repository: str = ""
    base: str = ""

    @property
    def record(self) -> Path:
        """The file that says whose it is."""
        return self.path / _RECORD

    @property
    def work(self) -> Path:
        """Where the attempt works."""
        return self.path / "work"

    @property
    def home(self) -> Path:
        """The home directory of its processes."""
        return self.path / "home"

    @property
    def temporary(self) -> Path:
        """The temporary directory of its processes."""
        return self.path / "tmp"


def safe_name(text: str) -> str:
    """Return a file name for any text, different for different texts."""
    name = quote(text, safe="", errors="surrogatepass").replace("~", "%7E")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if not name or len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 20] + "~" + hashlib.sha256(name.encode()).hexdigest()[:16]
    return name


def ref_name(text: str) -> str:
    """Return a part of the name of a git ref for any text, different for different texts."""
    # What `safe_name` writes and git refuses; neither @ nor %2E comes from a text otherwise.
    return safe_name(text).replace("~", "@").replace(".", "%2E")


def area_path(root: Path, run_id: str, task_id: str, token: int) -> Path:
    """Return where the area of an attempt is, if it has one."""
    return root / safe_name(run_id) / f"{safe_name(task_id)}-{token}"


def create_area(root: Path, request: WorkspaceRequest, repository: str = "", base: str = "") -> Area:
    """Make the area of an attempt, afresh if something is left of it."""
    area = Area(
        path=area_path(root, request.run_id, request.task_id, request.token),
        run_id=request.run_id,
        task_id=request.task_id,
        token=request.token,
        repository=repository,
        base=base,
    )
    try:
        _make(area.path)
    except FileExistsError:
        remove_tree(area.path)
        _make(area.path)
    record = {
        "run_id": area.run_id,
        "task_id": area.task_id,
        "token": area.token,
        "repository": repository,
        "base": base,
    }
    area.record.write_text(json.dumps(record), encoding="utf-8")
    return area


def _make(path: Path) -> None:
    """Make a directory in that of its run, which goes with the last of the run's attempts that ends."""
    for _ in range(_TRIES):
        try:
            path.mkdir(parents=True)
        except FileNotFoundError:
            continue  # it went just now
        return
    path.mkdir(parents=True)


def read_areas(root: Path) -> Iterator[Area | Path]:
    """Yield every attempt that left an area under `root`; only the path where it does not say whose."""
    for run in _directories(root):
        for path in _directories(run):
            yield read_area(path) or path


def read_area(path: Path) -> Area | None:
    """Return the area at a path; None where it does not say whose it is."""
    try:
        record = json.loads((path / _RECORD).read_text(encoding="utf-8"))
        return Area(
            path=path,
            run_id=str(record["run_id"]),
            task_id=str(record["task_id"]),
            token=int(record["token"]),
            repository=str(record["repository"]),
            base=str(record.get("base", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _directories(path: Path) -> list[Path]:
    try:
        return sorted(child for child in path.iterdir() if child.is_dir() and not child.is_symlink())
    except OSError:
        return []


def remove_area(area: Area) -> None:
    """Remove an area with all that belongs to it. Idempotent."""
    remove_tree(area.path)
    if area.repository:
        forget_worktrees(Path(area.repository), area.path)
    with suppress(OSError):
        # The run's directory goes with its last attempt.
        area.path.parent.rmdir()


def forget_worktrees(repository: Path, below: Path) -> None:
    """Remove what a git directory remembers of worktrees that were `below` a path and are gone.

    ``git worktree prune`` would also forget worktrees of the user on a disk that is not mounted now.
    """
    for entry in _directories(repository / "worktrees"):
        with suppress(OSError):
            place = Path((entry / "gitdir").read_text(encoding="utf-8", errors="surrogateescape").strip())
            if place.is_relative_to(below) and not place.exists():
                remove_tree(entry)


def remove_tree(path: Path) -> None:
    """Remove a directory and what is in it, also where an agent took permissions away."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, onerror=_unlock_and_retry)


def _unlock_and_retry(function: Callable[..., object], path: str, _error: object) -> None:
    with suppress(OSError):
        # Never by a link: the owner of what it points to was not asked.
        parent = Path(path).parent
        parent.chmod(stat.S_IRWXU)
        if not os.path.islink(path):  # noqa: PTH114 - `path` is text here
            os.chmod(path, stat.S_IRWXU)  # noqa: PTH101 - as above
    if function in {os.open, os.scandir, os.lstat}:
        with suppress(OSError):
            shutil.rmtree(path)
        return
    with suppress(OSError):
        function(path)


def keep_state_private(state: Path) -> None:
    """Make git, and whoever searches the project, ignore Mosaic's own files."""
    state.mkdir(parents=True, exist_ok=True)
    ignore = state / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
