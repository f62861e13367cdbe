"""Puts a sealed commit on top of what is published now, without a working tree.

Owns the merge itself and how a conflict is told to the next attempt.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from mosaic_hookspecs import Proposal, Refused

from .git_repository import GitRepository, git_failed

_LONGEST_CONFLICT = 4000
_CONFLICT_FILES = 5


@attrs.frozen(kw_only=True)
class Sealed:
    """What an attempt made: a commit, its tree, the commit it began at, and the commit's message."""

    commit: str
    tree: str
    base: str
    message: bytes
    dates: Mapping[str, str]


async def propose(repository: GitRepository, branch: str, sealed: Sealed) -> Proposal:
    """Return the sealed change as a commit on the branch's tip; an empty proposal where the tip has it
    all already.

    Raises:
        Refused: both changed the same (code ``merge-conflict``), or there is no branch.
    """
    tip, tip_tree = await repository.resolve_with_tree(branch)
    if tip == sealed.base:
        return Proposal(candidate=sealed.commit, base=tip, tree=sealed.tree)
    tree = await _merged_tree(repository, tip, sealed)
    if tree == tip_tree:
        return Proposal()
    candidate = await repository.ask(
        "commit-tree", tree, "-p", tip, stdin=sealed.message, variables=sealed.dates
    )
    return Proposal(candidate=candidate, base=tip, tree=tree)


async def _merged_tree(repository: GitRepository, tip: str, sealed: Sealed) -> str:
    ours, theirs = tip, sealed.commit
    if not await repository.is_ancestor(sealed.base, tip):
        # The branch was rewritten: only the change itself may move, not the history below it.
        base = await repository.ask("commit-tree", f"{sealed.base}^{{tree}}", stdin=b"base")
        ours = await repository.ask("commit-tree", f"{tip}^{{tree}}", "-p", base, stdin=b"ours")
        theirs = await repository.ask("commit-tree", sealed.tree, "-p", base, stdin=b"theirs")
    arguments = ("merge-tree", "--write-tree", "--name-only", "--messages", "-z", ours, theirs)
    result = await repository.run(*arguments)
    if result.code not in {0, 1}:
        raise git_failed(arguments, result)
    listed, _, messages = result.output.partition(b"\0\0")
    tree, *names = listed.rstrip(b"\0").split(b"\0")
    if result.code == 0:
        return tree.decode()
    raise await _conflict(repository, tree.decode(), names, messages)


async def _conflict(repository: GitRepository, tree: str, names: list[bytes], messages: bytes) -> Refused:
    files = [name.decode(errors="backslashreplace") for name in names]
    parts = [_sentences(messages)]
    for name, shown in list(zip(names, files, strict=True))[:_CONFLICT_FILES]:
        path = name.decode(errors="surrogateescape")
        content = await repository.run("cat-file", "blob", f"{tree}:{path}")
        if content.code == 0 and b"<<<<<<<" in content.output and b"\0" not in content.output:
            parts.append(f"--- {shown}\n{content.output.decode(errors='replace')}")
    text = "\n".join(part for part in parts if part)
    if len(text) > _LONGEST_CONFLICT:
        text = text[:_LONGEST_CONFLICT] + "\n[… cut]"
    return Refused(
        "merge-conflict",
        "others have meanwhile published a change to the same: " + ", ".join(files[:20]),
        expected="a change that applies to what is published now",
        got=text,
        hint="Begin again from what is published now, and make the change so that both are kept.",
    )


def _sentences(messages: bytes) -> str:
    # Each message is: number of paths, the paths, a kind, a sentence; all ended by NUL.
    fields = messages.split(b"\0")
    sentences = []
    position = 0
    while position < len(fields) and fields[position].isdigit():
        sentence = position + int(fields[position]) + 2
        if sentence < len(fields) and b"CONFLICT" in fields[sentence]:
            sentences.append(fields[sentence].decode(errors="replace").strip())
        position = sentence + 1
    return "\n".join(sentences)
