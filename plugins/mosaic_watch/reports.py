"""How a reload that a change brought about is told: one line of the log a plugin, and a notice on the bus."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

CHANGED = "watch.changed"


def tell(context: Context, report: Any) -> None:
    """Tell what became of the plugins: `report` is a ``ChangeReport`` or a ``PackagesReport``."""
    found = {kind: ", ".join(getattr(report, kind, ())) for kind in ("added", "changed", "removed")}
    if any(found.values()):
        context.log.info("watch.packages_changed", **found)
    for change in getattr(report, "report", report).changes:
        about = {"name": change.name, "generation": change.generation}
        if change.error:
            context.log.error("watch.reload_failed", **about, why=_one_line(change.error))
            continue
        if change.warning:
            context.log.warning("watch.reload_left", **about, what=_one_line(change.warning))
        context.log.info("watch.reloaded", **about, state=change.state, seconds=round(change.seconds, 3))
    context.bus.publish(CHANGED, report)


def tell_error(context: Context, about: str, error: MosaicError) -> None:
    """Tell that nothing could be changed, and why; what was there serves on."""
    for one in getattr(error, "others", ()) or (error,):
        context.log.error("watch.reload_failed", name=about, why=_one_line(str(one)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
