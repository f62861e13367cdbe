"""What an attempt changed, read from the clean checkout in which checks run: whose it is, and the difference.

The candidate is one commit on what was published, and its last lines, which Mosaic wrote, name the run, the
task and the attempt. Refuses a checkout whose link to the repository is not the one that git itself made:
programs of other checks have run here before.
"""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.workspace import Completed, Directory

_TRAILERS = ("Run", "Task", "Attempt")
_GIT = ("git", "--no-pager", "--no-optional-locks", "--no-replace-objects", "-c", "core.quotepath=off")
# Attributes and configuration of the change itself must not hide any of it: --text, no filters, no drivers.
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--no-renames", "HEAD^", "HEAD")
_SECONDS = 60.0
_LONGEST_MESSAGE = 65536
_LONGEST_POINTER = 4096


@attrs.frozen(kw_only=True)
class Change:
    """A change under review. `difference` is as git shows it; `missing` counts the bytes beyond that."""

    run_id: str
    task_id: str
    token: int
    difference: str
    missing: int = 0


async def read_change(directory: Directory, most: int) -> Change:
    """Return what a candidate changes, at most so many bytes of it.

    Raises:
        Refused: this is no candidate (code ``no-candidate``), for instance since nothing changed.
    """
    place = await trio.to_thread.run_sync(_administration, directory.path)
    environment = {"GIT_DIR": str(place), "GIT_WORK_TREE": str(directory.path), "GIT_CONFIG_NOSYSTEM": "1"}
    message, _ = await _git(directory, environment, _LONGEST_MESSAGE, "log", "-1", "--format=%B", "HEAD")
    run_id, task_id, token = _whose(message)
    difference, missing = await _git(directory, environment, most, *_DIFF)
    return Change(run_id=run_id, task_id=task_id, token=token, difference=difference, missing=missing)


def _administration(path: Path) -> Path:
    """Return where git keeps what it knows of this worktree, if both point to each other."""
    pointer = path / ".git"
    try:
        if pointer.is_symlink() or not pointer.is_file():
            raise _none("the workspace keeps no history")
        with pointer.open("rb") as stream:
            text = stream.read(_LONGEST_POINTER).decode("utf-8", "surrogateescape")
        place = Path(text.removeprefix("gitdir:").strip())
        back = (place / "gitdir").read_text("utf-8", "surrogateescape").strip()
        # What an attempt can write lies in its own area; a repository there is one that it made.
        is_own = not place.resolve().is_relative_to(path.resolve().parent.parent)
    except OSError:
        raise _none("the checkout leads to no repository") from None
    if Path(back) != pointer or place.parent.name != "worktrees" or not is_own:
        raise _none("the checkout was changed to lead to another repository")
    return place


async def _git(
    directory: Directory, environment: dict[str, str], most: int, *arguments: str
) -> tuple[str, int]:
    heard = bytearray()
    total = 0

    def hear(data: bytes) -> None:
        nonlocal total
        total += len(data)
        heard.extend(data[: max(0, most - len(heard))])

    done: Completed = await directory.execute(
        [*_GIT, *arguments], environment=environment, timeout_seconds=_SECONDS, on_output=hear
    )
    if done.exit_code:
        raise _none(f"git cannot read it: {done.output.decode('utf-8', 'replace').strip()[-300:]}")
    return heard.decode("utf-8", "replace"), total - len(heard)


def _whose(message: str) -> tuple[str, str, int]:
    """Return run, task and attempt: the last lines, since what an agent says of its work stands before."""
    lines = message.strip().splitlines()[-len(_TRAILERS) :]
    found = [re.fullmatch(rf"Mosaic-{name}: (.+)", line) for name, line in zip(_TRAILERS, lines, strict=False)]
    if len(found) != len(_TRAILERS) or not all(found):
        raise _none("nothing was changed, so there is nothing to review")
    run_id, task_id, token = (match[1] for match in found if match)
    if not token.isdecimal():
        raise _none("its commit does not say whose it is")
    return run_id, task_id, int(token)


def _none(what: str) -> Refused:
    return Refused(
        "no-candidate",
        f"there is no change that could be reviewed: {what}",
        expected="a change in a git workspace",
        hint="Give the task `workspace: git`, and put the review before checks that run what was changed.",
    )
