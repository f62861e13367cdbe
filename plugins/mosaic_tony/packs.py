"""A task in a worker's hands: what its function gets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from mosaic_hookspecs.errors import MosaicError

if TYPE_CHECKING:
    from .server import MCPServer


@attrs.frozen(kw_only=True)
class Work:
    """A task to do. `text` is the context pack: the goal, what dependencies gave, the checks, what an earlier
    attempt left. Work in the directory `workspace` (None: it needs none).
    """

    run_id: str
    task_id: str
    token: int
    title: str
    workspace: Path | None
    attempt: int
    text: str
    lease_seconds: float
    mcp: MCPServer = attrs.field(repr=False)

    @property
    def names(self) -> dict[str, Any]:
        """What every call about it says."""
        return {"run_id": self.run_id, "task_id": self.task_id, "token": self.token}

    async def progress(self, note: str = "", *, percent: float | None = None) -> bool:
        """Tell how far it is; return whether to go on. The lease is kept without this."""
        told = await self.mcp.call("work.progress", **self.names, note=note, percent=percent)
        return bool(told["go_on"])

    async def spent(self, **usage: Any) -> None:
        """Tell what was spent on models: ``input_tokens``, ``output_tokens``, ``money``, ``model``."""
        await self.mcp.call("work.progress", **self.names, usage=usage)


class GiveBack(MosaicError):
    """Raise it in a worker's function to give the task to another, undone."""

    def __init__(self, reason: str, *, handover: str = "") -> None:
        super().__init__("given-back", reason)
        self.handover = handover


def work_of(mcp: MCPServer, data: dict[str, Any]) -> Work:
    """Return the task that ``work.take`` answered."""
    return Work(
        run_id=data["run_id"],
        task_id=data["task_id"],
        token=data["token"],
        title=data["title"],
        workspace=Path(data["workspace"]) if data["workspace"] else None,
        attempt=data["attempt"],
        text=data["text"],
        lease_seconds=data["lease_seconds"],
        mcp=mcp,
    )
