"""What the kernel knows of each plugin: its listing, its state, and its generation if it runs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from mosaic_hookspecs.errors import MosaicError

from .discovery import Listing
from .faults import Faults
from .restart_budget import RestartBudget

if TYPE_CHECKING:
    from .generation import Generation, Recipe


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
    """One plugin in one kernel. `detail` and `hint` say why it does not run, and the cure; `faults` what it
    did wrong while it ran; `held_back` why its newest code or configuration does not serve, but a generation
    from before; `held_seconds` how long calls were held when it was last replaced.
    """

    def __init__(
        self, listing: Listing, state: PluginState = PluginState.CHOSEN, detail: str = "", hint: str = ""
    ) -> None:
        self.name = listing.name
        self.listing = listing
        self.state = state
        self.detail = detail
        self.hint = hint
        self.is_unconfigured = False
        """Whether it waits for configuration alone."""
        self.refusal: MosaicError | None = None
        """Why the lock of the plugins keeps it out."""
        self._recipe: Recipe | None = None
        self.generation: Generation | None = None
        self.generations = 0
        self.held_back = ""
        self.held_seconds = 0.0
        self.faults = Faults()
        self.restarts: RestartBudget | None = None

    @property
    def recipe(self) -> Recipe | None:
        """What its generation was made from, and would be made from again."""
        return self._recipe

    @recipe.setter
    def recipe(self, recipe: Recipe | None) -> None:
        # The code has to stay while no generation runs, since a crashed one is made again of it.
        before, self._recipe = self._recipe, recipe
        edition = recipe.edition if recipe is not None else None
        if edition is not None:
            edition.enter(self)
        if before is not None and before.edition is not None and before.edition is not edition:
            before.edition.leave(self)

    def let_go_of_code(self) -> None:
        """Say that no generation will be made any more."""
        if self._recipe is not None and self._recipe.edition is not None:
            self._recipe.edition.leave(self)

    @property
    def config(self) -> Any:
        """The decoded configuration that it runs with (or would)."""
        return self.recipe.config if self.recipe is not None else None

    @property
    def plugin_class(self) -> Any:
        """The class that it runs (or would); None while its code is not loaded."""
        return self.recipe.plugin_class if self.recipe is not None else None

    def set(self, state: PluginState, detail: str = "", hint: str = "") -> None:
        """Change the state, and say why."""
        self.state = state
        self.detail = detail
        self.hint = hint
        self.is_unconfigured = False

    def set_unconfigured(self, error: MosaicError) -> None:
        """Say that the plugin waits for configuration that only its user can give."""
        mistakes = getattr(error, "others", (error,))
        missing = "; ".join(one.what for one in mistakes)
        cure = f"Configure plugins.{self.name} in mosaic.yaml, or set plugins.{self.name}: false."
        self.set(PluginState.UNAVAILABLE, f"it is not configured: {missing}", cure)
        self.is_unconfigured = True

    @property
    def number(self) -> int:
        """The number of the generation that serves; where none does, of the newest that was made."""
        return self.generation.number if self.generation is not None else self.generations

    def providers(self) -> tuple[tuple[str, str], ...]:
        """Return the (port, provider name) pairs that the manifest announces."""
        return tuple((item.port, item.name or self.name) for item in self.listing.manifest.provides)
