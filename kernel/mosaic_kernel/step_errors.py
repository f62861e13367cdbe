"""What a plugin raised at a step of its life, as an error for people."""

from __future__ import annotations

from mosaic_hookspecs.errors import MosaicError, Unavailable

from .failures import cause_of
from .slots import Slot


def explain(slot: Slot, step: str, error: Exception) -> MosaicError:
    """Return what a plugin raised at a step as an error for people: its own if it is one."""
    cause = cause_of(error)
    if isinstance(cause, MosaicError):
        cause.add_note(f"while plugin {slot.name!r} was at the step {step!r}")
        return cause
    return Unavailable(
        "plugin-failed",
        f"plugin {slot.name!r} failed at the step {step!r}",
        got=f"{type(cause).__name__}: {cause}",
        hint=f"`plugins.{slot.name}: false` starts without it.",
    )


def stopped(name: str) -> Unavailable:
    """Return the error of a plugin that has stopped."""
    return Unavailable("plugin-stopped", f"plugin {name!r} has stopped")
