"""Opens the repository of a run, makes it where the settings say so, and chooses the run's branch.

Owns what is asked of a user's repository before any attempt: that it is one, that it has a commit,
and that nobody has the branch checked out on which results are published.
"""

from __future__ import annotations

from pathlib import Path

import trio

from mosaic_hookspecs import InputError, JsonObject, Unavailable

from .area import ref_name
from .configuration import Config
from .git_repository import IDENTITY, GitRepository, git_environment, run_git
from .locks import OWN_GIT

_CREATED = "mosaic.created"


async def open_repository(path: Path, state: Path, config: Config) -> GitRepository | None:
    """Return the repository whose top directory is `path`; None if there is none."""
    environment = {**git_environment(state), **IDENTITY}
    if not await trio.Path(path).is_dir():
        return None
    # Only here: a project inside another repository is not that repository.
    found = await run_git(
        ("rev-parse", "--path-format=absolute", "--git-common-dir"),
        directory=path,
        environment={**environment, "GIT_CEILING_DIRECTORIES": str(path.parent)},
        seconds=config.git_seconds,
    )
    if found.code:
        return None
    common = Path(found.text)
    environment[OWN_GIT] = str(common)
    repository = GitRepository(path, common, config, environment)
    own = await repository.run("config", "--get-regexp", r"^user\.(name|email)$")
    known = dict(line.split(" ", 1) for line in own.text.splitlines() if " " in line)
    for key, value in known.items():
        part = key.removeprefix("user.").upper()
        environment[f"GIT_AUTHOR_{part}"] = environment[f"GIT_COMMITTER_{part}"] = value
    return repository


async def prepare(run_id: str, settings: JsonObject, state: Path, config: Config) -> dict[str, object]:
    """Return the settings completed with the repository's absolute path, the branch's full name, the
    commit that the run begins at, and whether the working tree follows (`follows`).
    """
    path = _path(settings)
    may_create = settings.get("create") is True
    try:
        repository = await open_repository(path, state, config)
    except InputError as error:
        raise Unavailable(
            "no-git", "git is not installed", got=error.got, hint="Install it (apt install git)."
        ) from error
    if may_create and _is_vacant(path, repository):
        repository = await _create(path, state, config, repository)
    if repository is None:
        raise _not_a_repository(path)
    is_created = (await repository.run("config", "--local", "--get", _CREATED)).text == "true"
    asked = settings.get("branch") or ("main" if is_created else f"mosaic/{ref_name(run_id)}")
    branch = await _branch_name(repository, asked)
    base = await repository.resolve(branch)
    if not base:
        base = await repository.resolve("HEAD")
        if not base:
            raise InputError(
                "no-commit",
                "the repository has no commit to begin at",
                where="repository",
                got=str(path),
                hint="Make a first commit (git commit --allow-empty -m Begin).",
            )
        await repository.ask("update-ref", branch, base, "")
    follows = await _check_checked_out(repository, branch, is_created=is_created)
    return {**settings, "repository": str(path), "branch": branch, "base": base, "follows": follows}


def _path(settings: JsonObject) -> Path:
    value = settings.get("repository", "")
    if not isinstance(value, str) or not value or "\0" in value:
        raise InputError(
            "bad-repository",
            "a git workspace needs the path of a repository",
            where="repository",
            expected="a path",
            got=repr(value)[:80],
        )
    return Path(value).expanduser().resolve()


def _is_vacant(path: Path, repository: GitRepository | None) -> bool:
    """Whether there is nothing in `path` that could be lost (an interrupted creation counts as nothing)."""
    if not path.exists():
        return True
    if not path.is_dir():
        return False
    names = {child.name for child in path.iterdir()} - {".mosaic"}
    if not names:
        return True
    return (
        names == {".git"} and repository is not None and not any((repository.common / "objects").glob("??/*"))
    )


async def _create(path: Path, state: Path, config: Config, repository: GitRepository | None) -> GitRepository:
    await trio.Path(path).mkdir(parents=True, exist_ok=True)
    environment = {**git_environment(state), **IDENTITY}
    made = await run_git(
        ("init", "--quiet", "--initial-branch=main"),
        directory=path,
        environment=environment,
        seconds=config.git_seconds,
    )
    repository = repository or await open_repository(path, state, config)
    if made.code or repository is None:
        raise Unavailable(
            "git-failed", "the repository cannot be made", where=str(path), got=made.errors.strip()[-300:]
        )
    exclude = repository.common / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/.mosaic/\n", encoding="utf-8")
    await repository.ask("config", "--local", _CREATED, "true")
    await repository.ask("symbolic-ref", "HEAD", "refs/heads/main")
    tree = await repository.ask("hash-object", "-t", "tree", "-w", "--stdin")
    commit = await repository.ask("commit-tree", tree, stdin=b"Begin\n")
    await repository.run("update-ref", "refs/heads/main", commit, "0" * 40)
    return repository


def _not_a_repository(path: Path) -> InputError:
    if not path.exists():
        return InputError(
            "no-repository",
            "there is no such directory",
            where="repository",
            got=str(path),
            hint="Correct the path, or ask for the repository to be created.",
        )
    return InputError(
        "no-repository",
        "this is not the top of a git repository",
        where="repository",
        got=str(path),
        hint="Name the repository's top directory, or make one here (git init, and a first commit).",
    )


async def _branch_name(repository: GitRepository, asked: object) -> str:
    name = str(asked)
    branch = name if name.startswith("refs/heads/") else f"refs/heads/{name}"
    bad = isinstance(asked, str) is False or "\0" in name
    if bad or name.startswith("-") or (await repository.run("check-ref-format", branch)).code:
        raise InputError("bad-branch", "this is no name for a branch", where="branch", got=repr(asked)[:120])
    return branch


async def _check_checked_out(repository: GitRepository, branch: str, *, is_created: bool) -> bool:
    """Return whether the working tree follows the branch: it does in a repository that Mosaic made.

    Raises:
        InputError: a user works on the branch (code ``branch-checked-out``).
    """
    listed = await repository.ask("worktree", "list", "--porcelain", "-z")
    holders = []
    for block in listed.split("\0\0"):
        lines = block.strip("\0").split("\0")
        if f"branch {branch}" in lines and "bare" not in lines:
            holders.append(Path(lines[0].removeprefix("worktree ")))
    if is_created and holders == [repository.path]:
        return True
    if holders:
        raise InputError(
            "branch-checked-out",
            f"the branch {branch.removeprefix('refs/heads/')} is checked out, and publishing would move it "
            "under your feet",
            where="branch",
            got=str(holders[0]),
            hint="Choose another branch for the results, or check out another one there.",
        )
    return False
