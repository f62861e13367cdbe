"""What the agents have in hand that Mosaic runs itself, as the engine tells it, where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mosaic_hookspecs import Context, MosaicError, to_json_data

from .views import HoldingView

_ACTIVE = "task.active"
_MOST = 1000


async def at_work(context: Context) -> Mapping[str, Sequence[HoldingView]]:
    """Return what each agent holds, by its name."""
    try:
        found = to_json_data(await context.dispatch(_ACTIVE, {"limit": _MOST}))
    except MosaicError as error:
        context.log.debug("fleet.neighbour_failed", operation=_ACTIVE, error=error)
        return {}
    held: dict[str, list[HoldingView]] = {}
    for item in found["items"]:
        holding = HoldingView(
            run_id=item["run_id"],
            task_id=item["task_id"],
            token=item["token"],
            title=item["title"],
            since=item["since"] or 0,
            lease_until=item["lease_until"],
        )
        held.setdefault(item["agent"], []).append(holding)
    return held
