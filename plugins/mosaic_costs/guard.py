"""Stops the runs of projects whose budget is spent, as soon as the log says so."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from mosaic_hookspecs import Context, Event, Refused, RunRecord, RunState, Storage

from .accounts import Accounts
from .budgets import standing
from .records import BudgetLine
from .settings import BudgetEntry

_PAGE = 200
_STARTING = frozenset({"run.started", "run.resumed"})


class BudgetGuard:
    """An observer of the event log. It looks when something was spent, or when a run begins or goes on."""

    def __init__(self, context: Context, budgets: Sequence[BudgetEntry], accounts: Accounts) -> None:
        self._context = context
        self._budgets = budgets
        self._accounts = accounts

    async def observe(self, events: Sequence[Event]) -> None:
        """Stop what is to be stopped; raises nothing that a run's own end could cause."""
        if not any(event.kind in _STARTING or '"usage":' in event.body for event in events):
            return
        storage: Storage = self._context.port("storage").get()
        await self._accounts.catch_up(storage)
        found = standing(self._budgets, self._accounts, self._context.clock.now())
        spent = [budget for budget in found if budget.is_spent]
        if not spent:
            return
        for run in await _active(storage):
            budget = next((one for one in spent if fnmatchcase(run.spec.project, one.project)), None)
            if budget is not None:
                await self._stop(run, budget)

    async def _stop(self, run: RunRecord, budget: BudgetLine) -> None:
        reason = f"the budget of project {budget.project!r} is spent: {_words(budget)}"
        try:
            await self._context.dispatch("run.exhaust", {"run_id": run.run_id, "reason": reason})
        except Refused:
            return  # it has ended meanwhile
        self._context.log.warning("costs.budget_spent", run=run.run_id, project=run.spec.project, reason=reason)


async def _active(storage: Storage) -> Sequence[RunRecord]:
    found: list[RunRecord] = []
    before: int | None = None
    while page := await storage.runs(limit=_PAGE, before=before):
        found += [run for run in page if run.state is RunState.ACTIVE]
        if len(page) < _PAGE:
            break
        before = page[-1].created_at
    return found


def _words(budget: BudgetLine) -> str:
    parts = []
    if budget.money is not None:
        parts.append(f"${budget.spent_money:.2f} of ${budget.money:.2f}")
    if budget.tokens is not None:
        parts.append(f"{budget.spent_tokens} of {budget.tokens} tokens")
    period = {"day": " today", "month": " this month", "total": ""}[budget.per]
    return ", ".join(parts) + period
