"""Checking the run's repository out into a job's workspace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import trio

from mosaic_hookspecs import Completed, Directory

_NEVER_COPIED = shutil.ignore_patterns(".git", ".mosaic")


class CheckoutError(Exception):
    """The repository cannot be checked out; the words say why."""


async def check_out(  # noqa: PLR0913 - what, where to, and who hears of it
    workspace: Directory,
    repository: Path,
    target: Path,
    *,
    ref: str,
    depth: int,
    on_output: Callable[[bytes], None],
) -> str:
    """Make `target` a checkout of `repository`, and return what was checked out in words.

    A directory that is no git repository is copied as it stands.

    Raises:
        CheckoutError: it is not there, or git refuses.
    """
    kind = await trio.to_thread.run_sync(_prepare, repository, target)
    if kind == "none":
        raise CheckoutError(f"there is no repository at {repository}")
    if kind == "plain":
        if ref:
            raise CheckoutError(f"{repository} is no git repository, so there is no {ref!r} in it")
        await trio.to_thread.run_sync(_copy_around, repository, target, workspace.path)
        return f"a copy of {repository}"

    async def git(*arguments: str) -> Completed:
        argv: Sequence[str] = ["git", "-C", str(target), *arguments]
        done = await workspace.execute(argv, on_output=on_output)
        if done.exit_code != 0:
            words = done.output.decode("utf-8", "replace").strip()[-500:]
            raise CheckoutError(f"git {arguments[0]} ended with exit code {done.exit_code}: {words}")
        return done

    location = "file://" + quote(os.fspath(await trio.to_thread.run_sync(repository.resolve)))
    await git("init", "--quiet")
    shallow = [f"--depth={depth}"] if depth else ["--tags"]
    await git("fetch", "--quiet", "--no-auto-gc", *shallow, location, ref or "HEAD")
    await git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
    done = await git("rev-parse", "--short", "HEAD")
    return f"{ref or 'HEAD'} ({done.output.decode().strip()}) of {repository}"


def _prepare(repository: Path, target: Path) -> str:
    """Make the target, and say what the repository is: git, plain, or none."""
    if not repository.is_dir():
        return "none"
    target.mkdir(parents=True, exist_ok=True)
    return "git" if (repository / ".git").exists() or (repository / "HEAD").is_file() else "plain"


def _copy_around(source: Path, target: Path, workspace: Path) -> None:
    """Copy `source`, in which the workspace itself may lie."""

    def ignore(directory: str, names: list[str]) -> set[str]:
        own = {name for name in names if workspace.is_relative_to((Path(directory) / name).resolve())}
        return own | _NEVER_COPIED(directory, names)

    shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)
