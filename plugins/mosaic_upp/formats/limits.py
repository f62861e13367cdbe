"""How large a plan document may be.

Owns the limits that every format shares. Refuses more with an `InputError`, before it costs anything.
"""

from __future__ import annotations

from mosaic_hookspecs import InputError, Location

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 64
MAX_LINE = 20_000
MAX_NODES = 100_000


def require_size(text: str, path: str) -> None:
    """Refuse a document of more than `MAX_BYTES` bytes of UTF-8 (code ``plan-too-large``)."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InputError(
            "plan-too-large",
            "the document is too large for a plan",
            where=Location(path=path),
            expected=f"at most {MAX_BYTES:,} bytes",
            got=f"{size:,} bytes",
            hint="Split the plan into several documents.",
        )


def require_node_count(count: int, path: str) -> None:
    """Refuse a plan of more than `MAX_NODES` nodes (code ``plan-too-large``)."""
    if count > MAX_NODES:
        raise InputError(
            "plan-too-large",
            "the plan has too many nodes",
            where=Location(path=path),
            expected=f"at most {MAX_NODES:,}",
            got=f"{count:,}",
            hint="Split the plan into several documents.",
        )
