"""The records of the operation that writes and compares the lock of the plugins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class LockPlugins:
    """Asks for plugins to be locked as they are."""

    names: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "The plugins; nothing: every one that runs here, and what the lock has already."},
    )
    only_checks: bool = attrs.field(
        default=False, metadata={"help": "Say what would change, and write nothing."}
    )


@attrs.frozen(kw_only=True)
class LockChange:
    """One plugin that is in the lock in another way than before; `detail` says what is another."""

    name: str
    kind: Literal["added", "changed", "removed"]
    detail: str = ""


@attrs.frozen(kw_only=True)
class LockReport:
    """What the lock in `path` has become (or would): how many plugins are `locked`, and what changed."""

    path: str
    locked: int
    changes: Sequence[LockChange] = ()
    is_written: bool = False
