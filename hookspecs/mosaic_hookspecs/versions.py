"""Versions of contracts: ``major.minor``."""

from __future__ import annotations


def parse(contract: str) -> tuple[int, int] | None:
    """Return major and minor, or None for what is no version."""
    parts = contract.split(".")
    if len(parts) != len(("major", "minor")) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def fits(theirs: str, ours: str) -> bool:
    """Whether what was written for `theirs` works with `ours`: the same major, and no newer minor."""
    wanted, here = parse(theirs), parse(ours)
    return wanted is not None and here is not None and wanted[0] == here[0] and wanted[1] <= here[1]
