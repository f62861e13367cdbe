"""How a reload that a change brought about is told: one line of the log a plugin, and notices on the bus:
``watch.changed`` with the report, ``watch.refused`` and ``watch.taken_over`` with what it is ``about``.
"""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

CHANGED = "watch.changed"
REFUSED = "watch.refused"
TAKEN_OVER = "watch.taken_over"


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
        context.bus.publish(REFUSED, {"about": about, "why": _one_line(one.what)})


def tell_taken_over(context: Context, about: str) -> None:
    """Tell that a file was read anew, and counts."""
    context.log.info("watch.taken_over", name=about)
    context.bus.publish(TAKEN_OVER, {"about": about})


def _one_line(text: str) -> str:
    return " ".join(text.split())
