"""What the kernel knows of each plugin: its listing, its state, and its generation if it runs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from .discovery import Listing

if TYPE_CHECKING:
    from .generation import Generation


class PluginState(enum.Enum):
    """How a plugin stands."""

    CHOSEN = "chosen"
    RUNNING = "running"
    UNUSED = "unused"
    DISABLED = "disabled"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"
    RESTARTING = "restarting"
    PARKED = "parked"
    STOPPED = "stopped"


class Slot:
    """One plugin in one kernel. `detail` and `hint` say why it does not run, and the cure."""

    def __init__(
        self, listing: Listing, state: PluginState = PluginState.CHOSEN, detail: str = "", hint: str = ""
    ) -> None:
        self.name = listing.name
        self.listing = listing
        self.state = state
        self.detail = detail
        self.hint = hint
        self.plugin_class: Any = None
        self.config: Any = None
        self.generation: Generation | None = None
        self.generations = 0

    def set(self, state: PluginState, detail: str = "", hint: str = "") -> None:
        """Change the state, and say why."""
        self.state = state
        self.detail = detail
        self.hint = hint

    def providers(self) -> tuple[tuple[str, str], ...]:
        """Return the (port, provider name) pairs that the manifest announces."""
        return tuple((item.port, item.name or self.name) for item in self.listing.manifest.provides)
