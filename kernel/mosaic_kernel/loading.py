"""Loads a plugin's class through stevedore, at the moment that it is needed."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP

from .discovery import Listing


def load_class(listing: Listing) -> Any:
    """Import a plugin and return its class (or the instance that was given in process). Of a plugin that
    runs in a process of its own, return the class that stands for it, and import nothing of it.

    Raises:
        Unavailable: importing it failed; the hint says what cures that.
    """
    if listing.factory is not None:
        return listing.factory
    if listing.manifest.process is not None:
        from .remote.plugin_class import plugin_class_for

        return plugin_class_for(listing)
    return import_class(listing)


def import_class(listing: Listing) -> Any:
    """Import a plugin into this process, and return its class.

    Raises:
        Unavailable: importing it failed; the hint says what cures that.
    """
    from stevedore.extension import ExtensionManager

    point = EntryPoint(name=listing.name, value=listing.target, group=ENTRY_POINT_GROUP)

    class OnePlugin(ExtensionManager[Any]):
        # stevedore's own list never sees what was installed after the first look, and costs a scan.
        def list_entry_points(self) -> list[EntryPoint]:
            return [point]

    def failed(_: Any, __: Any, error: BaseException) -> None:
        raise _explain(listing, error) from error

    try:
        manager = OnePlugin(ENTRY_POINT_GROUP, on_load_failure_callback=failed)
    except (AssertionError, SystemExit) as error:
        # stevedore lets these through; and no plugin may end the program by being imported.
        raise _explain(listing, error) from error
    return manager.extensions[0].plugin


def _explain(listing: Listing, error: BaseException) -> Unavailable:
    if isinstance(error, ModuleNotFoundError) and listing.manifest.extra:
        hint = f'pip install "{listing.distribution}[{listing.manifest.extra}]"'
    else:
        hint = f"Repair {listing.distribution}, or set plugins.{listing.name}: false."
    return Unavailable(
        "import-failed",
        f"plugin {listing.name!r} cannot be imported",
        where=listing.target,
        got=f"{type(error).__name__}: {error}",
        hint=hint,
    )
