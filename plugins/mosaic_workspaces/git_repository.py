"""A git repository, through the git command line, on Mosaic's own terms.

Owns how git is called: no user or system configuration, no hooks, no prompts, no garbage collection,
no pushing. Knows nothing of runs and tasks.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import Refused, Unavailable

from . import spawning
from .configuration import Config

_LOCKED = re.compile(
    r"Unable to create '(?P<path>[^']+\.lock)': File exists|unable to lock|\.lock': File exists"
)
_TERMINATE_SECONDS = 2.0
_OWN_SETTINGS = {
    "advice.detachedHead": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "safe.directory": "*",
    "submodule.recurse": "false",
}
_IGNORED = (
    "__pycache__/\n*.py[co]\n.pytest_cache/\n.mypy_cache/\n.ruff_cache/\n.DS_Store\n/.mosaic/\n/.mosaic-*\n"
)


@attrs.frozen(kw_only=True)
class GitResult:
    """How a git command ended."""

    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """The output as text, without the end of its last line."""
        return self.output.decode(errors="surrogateescape").rstrip("\n")

    @property
    def locked_path(self) -> str:
        """The lock that kept git from its work ("" if none did)."""
        match = _LOCKED.search(self.errors)
        return (match["path"] or "?") if match else ""


class GitRepository:
    """Runs git commands in a repository."""

    def __init__(self, path: Path, common: Path, config: Config, environment: Mapping[str, str]) -> None:
        self.path = path
        self.common = common
        self._config = config
        self.environment = environment
        self.administration = trio.Lock()

    async def run(
        self,
        *arguments: str,
        directory: Path | None = None,
        stdin: bytes = b"",
        variables: Mapping[str, str] | None = None,
    ) -> GitResult:
        """Run a git command, in the repository's own directory unless told, however it ends."""
        return await run_git(
            arguments,
            directory=directory or self.path,
            environment={**self.environment, **(variables or {})},
            stdin=stdin,
            seconds=self._config.git_seconds,
        )

    async def ask(
        self,
        *arguments: str,
        directory: Path | None = None,
        stdin: bytes = b"",
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Run a git command that must succeed, and return its output.

        Raises:
            Unavailable: it did not (code ``git-failed``).
        """
        result = await self.run(*arguments, directory=directory, stdin=stdin, variables=variables)
        if result.code:
            raise git_failed(arguments, result)
        return result.text

    async def resolve(self, name: str) -> str:
        """Return the commit that a name stands for; "" if there is none."""
        result = await self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return result.text if result.code == 0 else ""

    async def resolve_with_tree(self, name: str) -> tuple[str, str]:
        """Return a commit and its tree.

        Raises:
            Refused: there is no such commit (code ``no-branch``).
        """
        result = await self.run("rev-parse", "--revs-only", f"{name}^{{commit}}", f"{name}^{{tree}}")
        lines = result.text.split("\n")
        if result.code or len(lines) != 2:  # noqa: PLR2004 - a commit and its tree
            raise Refused(
                "no-branch", "the branch is not there", got=name, hint="Put it back, or start a new run."
            )
        return lines[0], lines[1]

    async def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`."""
        return older == newer or (await self.run("merge-base", "--is-ancestor", older, newer)).code == 0


def git_failed(arguments: Sequence[str], result: GitResult) -> Unavailable:
    """Return the error for a git command that had no reason to fail."""
    return Unavailable(
        "git-failed",
        f"git {arguments[0]} failed",
        expected="exit code 0",
        got=f"{result.code}: {result.errors.strip()[-500:]}",
    )


def git_timed_out(arguments: Sequence[str], seconds: float) -> Unavailable:
    """Return the error for a git command that was ended because it did not end."""
    return Unavailable(
        "git-timeout",
        f"git {arguments[0]} did not end",
        expected=f"an end within {seconds:g} seconds",
        hint="Look for what blocks the repository, or raise plugins.workspaces.git_seconds.",
    )


async def run_git(
    arguments: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    seconds: float,
) -> GitResult:
    """Run a git command. Cancellation ends it cleanly (git removes its locks) before it goes on."""
    await trio.lowlevel.checkpoint_if_cancelled()
    # Files in memory need nobody to empty them while git runs.
    output, errors = os.memfd_create("git-output"), os.memfd_create("git-errors")
    source = spawning.file_with(stdin) if stdin else subprocess.DEVNULL
    try:
        process = spawning.start(
            ["git", *arguments],
            directory=directory,
            environment=environment,
            stdin=source,
            stdout=output,
            stderr=errors,
        )
        try:
            with trio.move_on_after(seconds) as limit:
                await spawning.wait_until_ended(process)
        finally:
            code = await reap(process)
        if limit.cancelled_caught:
            raise git_timed_out(arguments, seconds)
        return GitResult(code=code, output=_content(output), errors=_content(errors).decode(errors="replace"))
    finally:
        os.close(output)
        os.close(errors)
        if stdin:
            os.close(source)


async def reap(process: subprocess.Popen[bytes]) -> int:
    """Return how a process ended; one that has not is ended."""
    if process.poll() is None:
        process.terminate()
        with trio.CancelScope(shield=True), trio.move_on_after(_TERMINATE_SECONDS):
            await spawning.wait_until_ended(process)
    if process.poll() is None:
        process.kill()
        with trio.CancelScope(shield=True), trio.move_on_after(_TERMINATE_SECONDS):
            await spawning.wait_until_ended(process)
    code = process.poll()
    return -signal.SIGKILL if code is None else code


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def git_environment(state: Path) -> dict[str, str]:
    """Return the environment in which git is called."""
    ignored = state / "ignored"
    if not ignored.exists():
        ignored.parent.mkdir(parents=True, exist_ok=True)
        ignored.write_text(_IGNORED, encoding="utf-8")
    environment = {
        "PATH": spawning.search_path(),
        "LC_ALL": "C.UTF-8",
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    settings = {**_OWN_SETTINGS, "core.excludesFile": str(ignored)}
    environment["GIT_CONFIG_COUNT"] = str(len(settings))
    for index, (key, value) in enumerate(settings.items()):
        environment[f"GIT_CONFIG_KEY_{index}"] = key
        environment[f"GIT_CONFIG_VALUE_{index}"] = value
    return environment


IDENTITY = {
    "GIT_AUTHOR_NAME": "Mosaic",
    "GIT_AUTHOR_EMAIL": "mosaic@localhost",
    "GIT_COMMITTER_NAME": "Mosaic",
    "GIT_COMMITTER_EMAIL": "mosaic@localhost",
}
