"""Completion: runs and tasks, for the arguments of prompts and of addresses that name them."""

from __future__ import annotations

from collections.abc import Sequence

import mcp_types as types

from mosaic_hookspecs.errors import MosaicError

from .addresses import names_in
from .catalogue import Catalogue
from .prompting import Prompts
from .system import System

_MOST = 100
_LOOKED_AT = 1000


class Completer:
    """Completes what has been typed."""

    def __init__(self, system: System, catalogue: Catalogue, prompts: Prompts) -> None:
        self._system = system
        self._catalogue = catalogue
        self._prompts = prompts

    async def complete(self, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Return what begins as typed; nothing where there is nothing to complete."""
        ref, typed = params.ref, params.argument.value
        known = (
            self._prompts.arguments_of(ref.name)
            if isinstance(ref, types.PromptReference)
            else names_in(ref.uri)
        )
        context = params.context.arguments if params.context and params.context.arguments else {}
        found: Sequence[str] = ()
        if params.argument.name in known:
            found = await self._values(params.argument.name, context.get("run_id", ""))
        fitting = [value for value in found if value.startswith(typed)]
        return types.CompleteResult(
            completion=types.Completion(
                values=fitting[:_MOST], total=len(fitting), has_more=len(fitting) > _MOST
            )
        )

    async def _values(self, argument: str, run_id: str) -> Sequence[str]:
        try:
            if argument == "run_id" and self._catalogue.has("run.list"):
                runs = await self._system.dispatch("run.list", {"limit": _LOOKED_AT})
                return [run["run_id"] for run in runs["items"]]
            if argument == "task_id" and self._catalogue.has("task.list"):
                tasks = await self._system.dispatch("task.list", {"run_id": run_id, "limit": _LOOKED_AT})
                return [task["task_id"] for task in tasks["items"]]
        except MosaicError:
            pass  # no run yet: there is nothing to complete
        return ()
