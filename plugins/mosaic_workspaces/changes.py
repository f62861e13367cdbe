"""What differs between two trees: files with counts of lines, and the difference as text, bounded.

Owns how git's answer is read. Names are read as git ends them, by NUL, so that no name is taken for another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import attrs

from .own_git import MOST_FILES, OwnGit

MOST_TEXT = 256 * 1024
"""How many bytes of a difference are shown."""
_MOST_LISTING = 16 * 1024 * 1024
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none")
_FINDING_RENAMES = ("-M", "-l500")
_STATUS = {
    "A": "added",
    "D": "removed",
    "M": "changed",
    "R": "renamed",
    "C": "copied",
    "T": "retyped",
}


@attrs.frozen(kw_only=True)
class ChangedFile:
    """One file. `status` is ``added``, ``removed``, ``changed``, ``renamed``, ``copied`` or ``retyped`` (a file
    became a link, or the like); `old_path` where it was before, if it was renamed or copied; `added` and
    `removed` count lines, None for what is no text.
    """

    path: str
    status: str
    added: int | None
    removed: int | None
    old_path: str = ""


@attrs.frozen(kw_only=True)
class Changes:
    """The first of the files, how many there are, and the text. `is_cut` where something was left out."""

    files: Sequence[ChangedFile]
    total: int
    text: bytes
    is_cut: bool


async def changes_between(git: OwnGit, base: str, tree: str) -> Changes:
    """Return what became of `base` in `tree`, commits or trees. Raises as `OwnGit.read` does."""
    options = ("diff-tree", "-r", *_PLAIN, *_FINDING_RENAMES)
    listing, is_listing_cut = await git.read(
        (*options, "-z", "--raw", "--numstat", "--end-of-options", base, tree), _MOST_LISTING
    )
    files = [] if is_listing_cut else list(_files(listing))
    text, is_text_cut = await git.read((*options, "-p", "--end-of-options", base, tree), MOST_TEXT)
    if is_text_cut:
        text = text[: text.rfind(b"\n") + 1]
    is_cut = is_text_cut or is_listing_cut or len(files) > MOST_FILES
    return Changes(files=files[:MOST_FILES], total=len(files), text=text, is_cut=is_cut)


def _files(listing: bytes) -> Iterator[ChangedFile]:
    """Read entries ``:MODE MODE ID ID STATUS``, NUL, paths, and behind them the counts in the same order."""
    fields = iter(listing.split(b"\0"))
    entries: deque[tuple[str, bytes, bytes]] = deque()
    for field in fields:
        if field.startswith(b":"):
            letter = field.rsplit(b" ", 1)[1][:1].decode()
            first = next(fields)
            entries.append((letter, b"", first) if letter not in "RC" else (letter, first, next(fields)))
        elif field:
            added, removed, path = field.split(b"\t", 2)
            if not path:  # of what was renamed: both names follow
                next(fields)
                next(fields)
            letter, old, new = entries.popleft()
            yield ChangedFile(
                path=_shown(new),
                status=_STATUS.get(letter, "changed"),
                added=_count(added),
                removed=_count(removed),
                old_path=_shown(old),
            )


def _count(number: bytes) -> int | None:
    return int(number) if number.isdigit() else None


def _shown(path: bytes) -> str:
    return path.decode(errors="backslashreplace")
