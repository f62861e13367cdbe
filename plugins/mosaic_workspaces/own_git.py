"""A git directory of Mosaic's own over the objects of a repository, to look at what is in them.

Owns what a look at a hostile repository must not do. Nothing of the repository's configuration is read, so none
of its hooks, filters, diff drivers and text converters is run, and what it says about paths
(``.gitattributes``) hides nothing. Nothing is written but in the directory itself, which goes with the context.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs
import trio

from . import spawning
from .configuration import Config
from .git_repository import GitResult, git_environment, git_failed, git_timed_out, reap, run_git

_CHUNK = 65536
_LONG_ID = 64
_MOST_EXCLUDES = 1024 * 1024
_LARGE = 4 * 1024 * 1024
MOST_FILES = 2000
"""How many changed files of a directory are looked at."""
_CONFIG = "[core]\n\trepositoryformatversion = {}\n\tbare = true\n\tbigFileThreshold = 1m\n"
_EXTENSIONS = "[extensions]\n\tobjectFormat = sha256\n"


@attrs.frozen(kw_only=True)
class Snapshot:
    """A directory as a tree. `is_cut` where files were left out: too many, too large, or gone meanwhile."""

    tree: str
    is_cut: bool


class OwnGit:
    """Runs git in the directory of its own."""

    def __init__(self, path: Path, state: Path, config: Config) -> None:
        self._path = path
        self._seconds = config.git_seconds
        self._environment = {
            **git_environment(state),
            "GIT_DIR": str(path),
            "GIT_ATTR_NOSYSTEM": "1",
        }

    async def run(self, *arguments: str, stdin: bytes = b"") -> GitResult:
        """Run a git command, however it ends."""
        return await self._run(arguments, self._path, {}, stdin)

    async def _run(
        self, arguments: Sequence[str], directory: Path, variables: Mapping[str, str], stdin: bytes = b""
    ) -> GitResult:
        environment = {**self._environment, **variables}
        return await run_git(
            arguments, directory=directory, environment=environment, stdin=stdin, seconds=self._seconds
        )

    async def resolve(self, name: str) -> str:
        """Return the commit or tree that `name` stands for; "" if it is not there."""
        result = await self.run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return result.text if result.code == 0 else ""

    async def empty_tree(self) -> str:
        """Return the tree that holds nothing."""
        return (await self.run("mktree")).text

    async def read(self, arguments: Sequence[str], limit: int) -> tuple[bytes, bool]:
        """Return at most `limit` bytes of what a git command prints, and whether there was more: then it is
        ended.

        Raises:
            Unavailable: it failed (code ``git-failed``), or does not end (code ``git-timeout``).
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        read_end, write_end = os.pipe()
        try:
            process = spawning.start(
                ["git", *arguments],
                directory=self._path,
                environment=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=subprocess.DEVNULL,
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        printed, is_ended = bytearray(), False
        try:
            async with trio.lowlevel.FdStream(read_end) as stream:
                with trio.move_on_after(self._seconds):
                    while len(printed) <= limit:
                        piece = await stream.receive_some(_CHUNK)
                        if not piece:
                            is_ended = True
                            await spawning.wait_until_ended(process)
                            break
                        printed += piece
        finally:
            code = await reap(process)
        if len(printed) > limit:
            return bytes(printed[:limit]), True
        if not is_ended:
            raise git_timed_out(arguments, self._seconds)
        if code:
            raise git_failed(arguments, GitResult(code=code, output=b"", errors=""))
        return bytes(printed), False

    async def snapshot(self, directory: Path, base: str) -> Snapshot:
        """Return a working directory as a tree: `base` with what differs from it there.

        Raises:
            Unavailable: it cannot be read (code ``git-failed``).
        """
        place = {"GIT_WORK_TREE": str(directory), "GIT_INDEX_FILE": str(self._path / "index")}

        async def ask(*arguments: str, stdin: bytes = b"") -> bytes:
            result = await self._run(arguments, directory, place, stdin)
            if result.code:
                raise git_failed(arguments, result)
            return result.output

        await ask("read-tree", base)
        listed = await ask("ls-files", "-z", "--others", "--modified", "--exclude-standard")
        names = sorted({name for name in listed.split(b"\0") if name})
        taken = await trio.to_thread.run_sync(
            lambda: [name for name in names[:MOST_FILES] if _is_to_be_read(directory, name)]
        )
        await ask(
            "update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=b"\0".join([*taken, b""])
        )
        tree = (await ask("write-tree")).decode().strip()
        return Snapshot(tree=tree, is_cut=len(taken) < len(names))


def _is_to_be_read(directory: Path, name: bytes) -> bool:
    """Whether it is a file of a size to be shown, a link, or gone. A repository inside is not looked into: git
    would run by its configuration.
    """
    try:
        found = os.lstat(os.path.join(os.fsencode(directory), name))  # noqa: PTH118 - names are bytes
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_size <= _LARGE)


@asynccontextmanager
async def own_git(common: Path, state: Path, config: Config, sample: str) -> AsyncIterator[OwnGit]:
    """Open one over the objects of the git directory `common`; `sample` is the id of one of its objects."""
    path = Path(await trio.to_thread.run_sync(tempfile.mkdtemp, None, "mosaic-git-"))
    try:
        await trio.to_thread.run_sync(_lay_out, path, common, len(sample) == _LONG_ID)
        yield OwnGit(path, state, config)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(lambda: shutil.rmtree(path, ignore_errors=True))


def _lay_out(path: Path, common: Path, has_long_ids: bool) -> None:  # noqa: FBT001 - for a thread
    for name in ("objects/info", "refs", "info"):
        (path / name).mkdir(parents=True)
    (path / "HEAD").write_text("ref: refs/heads/none\n", encoding="utf-8")
    config = _CONFIG.format(1 if has_long_ids else 0) + (_EXTENSIONS if has_long_ids else "")
    (path / "config").write_text(config, encoding="utf-8")
    (path / "objects/info/alternates").write_bytes(_quoted(os.fsencode(common / "objects")) + b"\n")
    # What the user keeps out of the repository without saying so in it.
    with suppress(OSError), (common / "info" / "exclude").open("rb") as file:
        (path / "info" / "exclude").write_bytes(file.read(_MOST_EXCLUDES))


def _quoted(path: bytes) -> bytes:
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
