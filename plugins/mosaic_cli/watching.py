"""Following a run for a person: its tasks, its events, its live output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import trio

from .progress import Progress, TaskLine

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_PAGE = 1000
_MOST_NOTES = 5


async def gather(kernel: Kernel, run: Any) -> tuple[Progress, int]:
    """Return the picture of a run as it stands, and the log's position that it belongs to."""
    from mosaic_kernel import to_json_data

    cursor = run.sequence
    progress = Progress(title=run.title or run.target or run.run_id)
    after = 0
    while True:
        page = await kernel.dispatch("task.list", {"run_id": run.run_id, "after": after, "limit": _PAGE})
        for item in page.items:
            progress.add(to_json_data(item))
        if len(page.items) < _PAGE:
            return progress, cursor
        after = page.items[-1].position


async def watch(  # noqa: PLR0913 - what to follow, and who is told
    kernel: Kernel,
    run_id: str,
    after: int,
    progress: Progress,
    on_change: Callable[[TaskLine], None],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Feed `progress` with a run's events and output until cancelled."""
    async with kernel.bus.subscribe("task.output") as notices, trio.open_nursery() as nursery:
        task_status.started()

        async def listen() -> None:
            async for notice in notices:
                if notice.topic == "task.output" and notice.body[0] == run_id:
                    progress.hear(notice.body[1], notice.body[3])

        nursery.start_soon(listen)
        async for event in kernel.follow("event.follow", {"after": after, "run_id": run_id}):
            body = json.loads(event.body) if isinstance(event.body, str) else event.body
            line = progress.see(event.kind, event.task_id, body)
            if line is not None:
                on_change(line)


async def notes_on(kernel: Kernel, run: Mapping[str, Any]) -> list[str]:
    """Say why what was not accepted was not: one line a reason, the first task standing for the rest."""
    notes: dict[str, str] = {}
    for states, verb in ((["failed"], "failed"), (["gated", "ready", "delayed", "leased", "blocked"], "waits")):
        page = await kernel.dispatch("task.list", {"run_id": run["run_id"], "states": states, "limit": 200})
        for item in page.items:
            if verb == "failed":
                notes[item.task_id] = f"{item.task_id} failed: {item.reason}"
            elif len(notes) < _MOST_NOTES:
                why = await kernel.dispatch("task.why", {"run_id": run["run_id"], "task_id": item.task_id})
                for blocker in why.blockers:
                    if blocker.code != "unmet-dependency":
                        notes.setdefault(
                            f"{blocker.code} {blocker.text}", f"{item.task_id} waits: {blocker.text}"
                        )
    shown = list(notes.values())[:_MOST_NOTES]
    if len(notes) > _MOST_NOTES:
        shown.append(f"… and {len(notes) - _MOST_NOTES} more; `mosaic status` lists them")
    return shown
