"""The plugin of costs: the operation that tells them, and the guard of the budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs import Context, Operation, OperationKind, Provision, hookimpl

from .records import CostsView, ShowCosts
from .settings import Config

if TYPE_CHECKING:
    from mosaic_hookspecs import Call, Storage

    from .accounts import Accounts


class CostsPlugin:
    """Reads costs from the log when they are asked for; with budgets, watches it."""

    Config = Config

    def __init__(self) -> None:
        self._accounts: Accounts | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the guard, if there is a budget to guard."""
        config: Config = context.config or Config()
        if not config.budgets:
            return ()
        from .guard import BudgetGuard

        guard = BudgetGuard(context, config.budgets, self._the_accounts())
        return [Provision(port="observe", name="costs", provider=guard)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare ``costs.show``."""

        async def show(request: ShowCosts, call: Call) -> CostsView:
            from .budgets import standing
            from .summing import summed

            budgets = (context.config or Config()).budgets
            accounts = self._the_accounts() if budgets or not request.run_id else _of_run(request.run_id)
            storage = context.port("storage").get()
            await accounts.catch_up(storage)
            lines, total = summed(accounts, request)
            if request.run_id and not lines:
                await _require_run(storage, request.run_id)
            return CostsView(
                by=request.by,
                lines=lines,
                total=total,
                budgets=standing(budgets, accounts, context.clock.now()),
            )

        return [
            Operation(
                name="costs.show",
                kind=OperationKind.QUERY,
                input=ShowCosts,
                output=CostsView,
                handler=show,
                permission="costs:read",
                summary="Tell what work has cost, by run, task, attempt, agent, model, project or day.",
            )
        ]

    def _the_accounts(self) -> Accounts:
        from .accounts import Accounts

        if self._accounts is None:
            self._accounts = Accounts()
        return self._accounts


async def _require_run(storage: Storage, run_id: str) -> None:
    from mosaic_hookspecs.errors import NotFound

    if not any((await storage.look_up(runs=[run_id])).runs):
        raise NotFound("no-run", f"there is no run {run_id!r}", hint="`mosaic runs` lists them.")


def _of_run(run_id: str) -> Accounts:
    from .accounts import Accounts

    return Accounts(run_id)
