"""Stops the runs of projects whose budget is spent, as soon as the log says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from mosaic_hookspecs import Context, Event, NotFound, Refused, RunRecord, RunState, Storage

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
        self._known: frozenset[object] = frozenset()

    async def observe(self, events: Sequence[Event]) -> None:
        """Stop what is to be stopped; raises nothing that a run's own end could cause."""
        telling = [event for event in events if event.kind in _STARTING or '"usage":' in event.body]
        if not telling:
            return
        storage: Storage = self._context.port("storage").get()
        await self._accounts.catch_up(storage)
        found = standing(self._budgets, self._accounts, self._context.clock.now())
        spent = [budget for budget in found if budget.is_spent]
        known = frozenset((one.project, one.per, one.money, one.tokens) for one in spent)
        if not spent:
            runs: Iterable[RunRecord | None] = ()
        elif known <= self._known:  # only who spends, begins or goes on can be new
            names = list(dict.fromkeys(event.run_id for event in telling if event.run_id))
            runs = (await storage.look_up(runs=names)).runs
        else:
            runs = await _all(storage)
        for run in runs:
            budget = run and next((one for one in spent if fnmatchcase(run.spec.project, one.project)), None)
            if run and budget and await _goes_on(storage, run):
                await self._stop(run, budget)
        self._known = known

    async def _stop(self, run: RunRecord, budget: BudgetLine) -> None:
        reason = f"the budget of project {budget.project!r} is spent: {_words(budget)}"
        try:
            await self._context.dispatch("run.exhaust", {"run_id": run.run_id, "reason": reason})
        except (Refused, NotFound):
            return  # it has ended meanwhile, or the store is another
        self._context.log.warning("costs.budget_spent", run=run.run_id, project=run.spec.project, reason=reason)


async def _goes_on(storage: Storage, run: RunRecord) -> bool:
    """Whether a run can spend: it is active, or paused with attempts in flight."""
    if run.state is not RunState.PAUSED:
        return run.state is RunState.ACTIVE
    return any(state.is_held for state in await storage.counts(run.run_id))


async def _all(storage: Storage) -> Sequence[RunRecord]:
    found: dict[str, RunRecord] = {}
    before: int | None = None
    while True:
        page = await storage.runs(limit=_PAGE, before=before)
        known = len(found)
        found.update((run.run_id, run) for run in page)
        if len(page) < _PAGE:
            return tuple(found.values())
        # Several runs may have begun in the millisecond at which a page ends.
        before = page[-1].created_at + (1 if len(found) > known else 0)


def _words(budget: BudgetLine) -> str:
    parts = []
    if budget.money is not None:
        parts.append(f"${budget.spent_money:.2f} of ${budget.money:.2f}")
    if budget.tokens is not None:
        parts.append(f"{budget.spent_tokens} of {budget.tokens} tokens")
    period = {"day": " today", "month": " this month", "total": ""}[budget.per]
    return ", ".join(parts) + period
