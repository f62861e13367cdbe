"""What is watched, and how long is waited for more of the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

_positive = attrs.validators.ge(1)


@attrs.frozen(kw_only=True)
class Config:
    """What is watched. Nothing is, unless it is asked for here."""

    code: bool = attrs.field(
        default=False, metadata={"help": "Reload a plugin when a file of its package changes."}
    )
    config: bool = attrs.field(
        default=False, metadata={"help": "Read the configuration anew when one of its files changes."}
    )
    packages: bool = attrs.field(
        default=False,
        metadata={"help": "Look for plugins anew when a package was installed, upgraded or removed."},
    )
    when: Literal["always", "served"] = attrs.field(
        default="always",
        metadata={"help": "served: only while a profile is served (`mosaic run` without a target)."},
    )
    only: Sequence[str] = attrs.field(
        default=(), metadata={"help": "The plugins whose code is watched; nothing: all."}
    )
    debounce_ms: int = attrs.field(
        default=50,
        validator=_positive,
        metadata={"help": "How long changes of code are gathered at most."},
    )
    step_ms: int = attrs.field(
        default=10,
        validator=_positive,
        metadata={"help": "Code has changed when no more came for so long; the watcher wakes that often."},
    )
    quiet_ms: int = attrs.field(
        default=200,
        validator=_positive,
        metadata={"help": "The configuration has changed when no more came for so long."},
    )
    packages_quiet_ms: int = attrs.field(
        default=1000,
        validator=_positive,
        metadata={"help": "The packages have changed when no more came for so long."},
    )
    packages_seconds: float = attrs.field(
        default=120.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "How long an installation that has begun is waited for."},
    )

    @property
    def watches(self) -> bool:
        """Whether anything is watched."""
        return self.code or self.config or self.packages
