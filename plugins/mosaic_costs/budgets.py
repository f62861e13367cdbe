"""How the configured budgets stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from .accounts import Accounts
from .amounts import Amount
from .records import BudgetLine
from .settings import BudgetEntry

_SIGNIFICANT = {"day": 10, "month": 7, "total": 0}
"""How much of a day's name says which day or month it is."""


def standing(budgets: Sequence[BudgetEntry], accounts: Accounts, now: int) -> Sequence[BudgetLine]:
    """Return how each budget stands at `now`, milliseconds since 1970 UTC."""
    today = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%d")
    return [_standing(budget, accounts, today) for budget in budgets]


def _standing(budget: BudgetEntry, accounts: Accounts, today: str) -> BudgetLine:
    length = _SIGNIFICANT[budget.per]
    spent = Amount()
    for project, day, amount in accounts.by_day():
        if day[:length] == today[:length] and fnmatchcase(project, budget.project):
            spent.add(amount)
    is_spent = (budget.money is not None and spent.money >= budget.money) or (
        budget.tokens is not None and spent.tokens >= budget.tokens
    )
    return BudgetLine(
        project=budget.project,
        per=budget.per,
        money=budget.money,
        tokens=budget.tokens,
        spent_money=spent.money,
        spent_tokens=spent.tokens,
        is_spent=is_spent,
    )
