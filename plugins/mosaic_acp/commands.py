"""Whether a command is on the list of those that an agent may run without asking.

Owns the reading of shell lines, as far as they are simple: programs with arguments, joined by ``&&``, ``||``,
``;`` or ``|``. Refuses to judge any more than that (substitutions, redirections, variables): such a line is not
listed. A listed command that names a path outside of the workspace is not listed either.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from .confining import Fence

ANYTHING = "*"
_JOINTS = {"&&", "||", ";", "|"}
_UNSURE = re.compile(r"[$`<>(){}\\\n\r]|(?<!&)&(?!&)")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_OPTION = re.compile(r"^--?[A-Za-z]+(?=[/~.])")


def is_listed(command: str | Sequence[str], allowed: Sequence[str], fence: Fence, folder: str = "") -> bool:
    """Whether every program of a command is on the list `allowed`, and works inside.

    An entry is the first words of what it allows: ``pytest`` allows ``pytest -q tests``. ``*`` allows anything.
    """
    if ANYTHING in allowed:
        return True
    simple = [list(command)] if not isinstance(command, str) else _simple_commands(command)
    if not simple:
        return False
    entries = [entry for entry in map(_words, allowed) if entry]
    # Where it may be by then: a `cd` may have failed, or have been one of a pipe's.
    places = {PurePosixPath(folder or ".")}
    for words in simple:
        if words[0] == "cd" and len(words) == 2:  # noqa: PLR2004 - `cd FOLDER`
            places |= {place / words[1] for place in places}
            if not _stay(words[1:], places, fence):
                return False
            continue
        has_entry = any(words[: len(entry)] == entry for entry in entries)
        if not has_entry or not _stay(words[1:], places, fence):
            return False
    return True


def shown(command: str | Sequence[str]) -> str:
    """Return a command as people write it."""
    return command if isinstance(command, str) else shlex.join(command)


def _simple_commands(line: str) -> list[list[str]]:
    if _UNSURE.search(line):
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in _JOINTS:
                found.append([])
            else:
                found[-1].append(word)
    except ValueError:
        return []
    if not all(found) or any(_ASSIGNMENT.match(words[0]) for words in found):
        return []
    return found


def _words(entry: str) -> list[str]:
    try:
        return shlex.split(entry)
    except ValueError:
        return []


def _stay(words: Sequence[str], places: Iterable[PurePosixPath], fence: Fence) -> bool:
    """Whether whatever may be a path in some words lies inside, seen from any of the places."""
    return all(
        not piece.startswith("~") and fence.holds(str(place / piece))
        for word in words
        for piece in _pieces(word)
        for place in places
        if piece
    )


def _pieces(word: str) -> Iterator[str]:
    """Yield what may be a path in a word such as ``--file=/a``, ``-I/a`` or ``a:/b``."""
    yield word
    for piece in re.split(r"[=:,]", word):
        yield piece
        yield _OPTION.sub("", piece)
