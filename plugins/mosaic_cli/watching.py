"""Following a run for a person: its tasks, its events, its live output."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import trio

from .progress import Progress, TaskLine

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_PAGE = 1000


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
