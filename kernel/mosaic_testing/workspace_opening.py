"""Opens the workspace provider that is tested, as its kit does everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from mosaic_hookspecs import JsonObject, WorkspaceProvider, WorkspaceRequest

ProviderFactory: TypeAlias = Callable[..., AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def prepared(
    factory: ProviderFactory, directory: Path
) -> AsyncIterator[tuple[WorkspaceProvider, JsonObject]]:
    """Open a provider, and prepare a run in it; gives both the provider and the run's settings."""
    async with factory(directory) as provider:
        yield provider, await provider.prepare("run", {"repository": str(directory / "made"), "create": True})


def request_of(settings: JsonObject, task_id: str = "task", token: int = 1) -> WorkspaceRequest:
    """Return the request of one attempt."""
    return WorkspaceRequest(run_id="run", task_id=task_id, token=token, title=task_id, settings=settings)
