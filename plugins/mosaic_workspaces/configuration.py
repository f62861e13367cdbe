"""The configuration of the workspaces plugin, decoded and validated by the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from mosaic_hookspecs import InputError

from .hiding import KEYS, LOGINS

CONFINE = ("never", "auto", "always")


def _is_not_negative(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if value < 0:
        raise InputError(
            "bad-value", f"{attribute.name} is negative", expected="a number from 0 on", got=str(value)
        )


def _is_known_confinement(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value not in CONFINE:
        raise InputError(
            "bad-value", "confine has no such setting", expected=" or ".join(CONFINE), got=repr(value)
        )


@attrs.frozen(kw_only=True)
class Config:
    """How processes run in workspaces, and how patient Mosaic is with git."""

    grace_seconds: float = attrs.field(
        default=5.0,
        validator=_is_not_negative,
        metadata={"help": "How long a process tree may take to end after SIGTERM, before SIGKILL."},
    )
    linger_seconds: float = attrs.field(
        default=1.0,
        validator=_is_not_negative,
        metadata={"help": "How long what a process leaves in the background may go on before it is ended."},
    )
    head_bytes: int = attrs.field(
        default=65536,
        validator=_is_not_negative,
        metadata={"help": "How much of the beginning of a process's output is kept."},
    )
    tail_bytes: int = attrs.field(
        default=65536,
        validator=_is_not_negative,
        metadata={"help": "How much of the end of a process's output is kept."},
    )
    confine: str = attrs.field(
        default="never",
        validator=_is_known_confinement,
        metadata={
            "help": "Whether processes in workspaces run under bubblewrap: never, auto (where it works) "
            "or always (refuse to run without it)."
        },
    )
    network: bool = attrs.field(
        default=False,
        metadata={"help": "Whether confined processes of attempts may use the network; checks may not."},
    )
    checks_network: bool = attrs.field(
        default=False, metadata={"help": "Whether confined processes of checks may use the network."}
    )
    hide: Sequence[str] = attrs.field(
        default=(*KEYS, *LOGINS),
        metadata={
            "help": "What confined processes do not see, besides Mosaic's own state; unset: where keys and "
            "logins usually are."
        },
    )
    git_seconds: float = attrs.field(
        default=300.0,
        validator=_is_not_negative,
        metadata={"help": "How long one git command may take."},
    )
    lock_seconds: float = attrs.field(
        default=10.0,
        validator=_is_not_negative,
        metadata={"help": "How long to wait for another process's lock on a git repository."},
    )
