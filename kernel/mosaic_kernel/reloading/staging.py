"""Stages a generation beside the one that serves, up to the moment at which it could take its place.

Owns the steps import → configure → provision → declare → validate → start → health, and what is left when
one fails: nothing. The generation that serves is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import attrs
import trio

from mosaic_hookspecs.errors import (
    Denied,
    InputError,
    IntegrityError,
    MosaicError,
    NotFound,
    Refused,
    Unavailable,
)
from mosaic_hookspecs.hooks import Health, require_hooks
from mosaic_hookspecs.ports import require_contract

from ..configuring import Loaded, decode_config
from ..failures import cause_of
from ..generation import Generation, Recipe
from ..lifecycle import Lifecycle
from ..loading import load_class
from ..manifests import decode_manifest, read_manifest_data
from ..runtime import Runtime
from ..selection import isolated
from ..slots import Slot
from .brief_turns import brief_turns
from .editions import first_edition, is_loaded, next_edition, package_of
from .importing import import_target, snapshot

Result = TypeVar("Result")
_KINDS: tuple[type[MosaicError], ...] = (InputError, Refused, NotFound, Denied, IntegrityError, Unavailable)
Check = Callable[[Slot, dict[str, bytes]], None]
"""Raises if the sources that are about to be run are not those that are trusted."""


@attrs.define
class Step:
    """Which step a change is at, so that its failure can be told."""

    name: str = "begin"


async def new_recipe(  # noqa: PLR0913 - what a generation is made from, and what is told of it
    runtime: Runtime, slot: Slot, loaded: Loaded, step: Step, *, code: bool, check: Check
) -> Recipe:
    """Return what the next generation of a plugin is made from: its code read anew (or, without `code`, the
    class that it has), and its part of the configuration in `loaded`.

    Raises:
        Exception: whatever reading, importing or decoding raises.
    """
    step.name = "import"
    listing, old = slot.listing, slot.recipe
    if listing.factory is not None and not isinstance(listing.factory, type):
        raise Refused(
            "one-instance",
            f"the plugin {slot.name!r} was given as an instance, and cannot have a second generation",
            hint="Give its class to the Kernel.",
        )
    seconds = runtime.configuration.kernel.start_seconds
    if code and listing.factory is None and listing.directory is not None:
        place = listing.directory
        manifest = await _in_thread(
            lambda: decode_manifest(read_manifest_data(place, slot.name)), seconds, slot
        )
        slot.listing = listing = isolated(attrs.evolve(listing, manifest=manifest), loaded.configuration)
    require_hooks(listing.manifest.hooks, slot.name)
    for item in listing.manifest.provides:
        require_contract(item.port, item.contract, slot.name)
    edition = None
    if listing.factory is not None or listing.manifest.process is not None:
        plugin_class = load_class(listing)
    elif old is not None and not code:
        plugin_class, edition = old.plugin_class, old.edition
    elif listing.directory is None or not is_loaded(package_of(listing)):
        plugin_class = await _in_thread(lambda: load_class(listing), seconds, slot)
        edition = first_edition(listing)
    else:
        directory = listing.directory
        sources = await _in_thread(lambda: snapshot(directory), seconds, slot)
        await _in_thread(lambda: check(slot, sources), seconds, slot)
        edition = next_edition(package_of(listing), str(directory), sources)
        try:
            target = listing.target
            plugin_class = await _in_thread(lambda: import_target(edition, target), seconds, slot)
        except BaseException:
            edition.forget_if_unused()
            raise
    step.name = "configure"
    try:
        config = decode_config(slot.name, plugin_class, loaded)
    except BaseException:
        if edition is not None:
            edition.forget_if_unused()
        raise
    return Recipe(plugin_class=plugin_class, config=config, edition=edition)


async def stage(
    lifecycle: Lifecycle, slot: Slot, recipe: Recipe, step: Step, ports: Mapping[str, Sequence[str]]
) -> Generation:
    """Take a new generation through all steps before the swap. It sits in no port, and serves nothing;
    `ports` says which of its providers are let in.

    Raises:
        Exception: whatever a step raises; nothing of the generation is left.
    """
    step.name = "provision"
    try:
        generation = await lifecycle.make(slot, recipe)
    except BaseException:
        if recipe.edition is not None:
            recipe.edition.forget_if_unused()
        raise
    try:
        await lifecycle.provision(slot, generation, ports)
        step.name = "declare"
        await lifecycle.declare(generation)
        step.name = "validate"
        await lifecycle.call("mosaic_validate", generation)
        step.name = "start"
        await lifecycle.call("mosaic_start", generation)
        step.name = "health"
        health = await lifecycle.health(generation) or Health()
        if not health.is_well:
            raise Unavailable("not-well", "the new generation says that it is not well", got=health.detail)  # noqa: TRY301 - told like every failure of a step
        if generation.crash is not None:
            raise generation.crash  # noqa: TRY301 - as above
    except BaseException:
        await discard(lifecycle, generation)
        raise
    return generation


async def discard(lifecycle: Lifecycle, generation: Generation) -> None:
    """Stop a generation that did not come to serve."""
    await generation.stop(lifecycle.stop_seconds)


def failure(slot: Slot, step: str, error: Exception) -> MosaicError:
    """Return why a plugin could not be changed, with plugin, step, cause and place."""
    cause = cause_of(error)
    serves = slot.generation
    after = (
        f"Generation {serves.number} serves on; mend it, and reload again."
        if serves is not None
        else "Mend it, and reload again."
    )
    if isinstance(cause, MosaicError):
        # Subclasses may be made in other ways. A wrong configuration is the user's mistake, a wrong hook not.
        kind = next((one for one in _KINDS if isinstance(cause, one)), Unavailable)
        if kind is InputError and step != "configure":
            kind = Refused
        return kind(
            cause.code,
            f"plugin {slot.name!r} was not reloaded: step {step!r} failed: {cause.what}",
            where=cause.where or _place(slot, cause) or None,
            expected=cause.expected,
            got=cause.got,
            hint=f"{cause.hint} {after}".strip(),
        )
    return Unavailable(
        "reload-failed",
        f"plugin {slot.name!r} was not reloaded: step {step!r} failed",
        where=_place(slot, cause) or None,
        got=f"{type(cause).__name__}: {cause}",
        hint=after,
    )


def _place(slot: Slot, error: BaseException) -> str:
    """Return the innermost place in the plugin's own files that an error came from."""
    import traceback

    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 0}:{error.offset or 0}"
    frames = traceback.extract_tb(error.__traceback__)
    root = str(slot.listing.directory or Path("/nowhere"))
    own = [frame for frame in frames if frame.filename.startswith(root)]
    chosen = (own or [])[-1:]
    return f"{chosen[0].filename}:{chosen[0].lineno}" if chosen else ""


async def _in_thread(work: Callable[[], Result], seconds: float, slot: Slot) -> Result:
    """Read or import in a thread, since it may take long, or for ever."""

    def briefly() -> Result:
        with brief_turns():
            return work()

    with trio.move_on_after(seconds):
        return await trio.to_thread.run_sync(briefly, abandon_on_cancel=True)
    raise Unavailable(
        "import-timeout",
        f"plugin {slot.name!r} was not imported in time",
        expected=f"at most {seconds:g} s",
        hint="Raise kernel.start_seconds, or let the import of the plugin do less.",
    )
