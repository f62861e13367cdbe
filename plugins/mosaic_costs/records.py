"""What the operation takes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class ShowCosts:
    """Which costs, and by what they are summed up."""

    run_id: str = attrs.field(default="", metadata={"help": "Of this run alone; of all if empty."})
    project: str = attrs.field(default="", metadata={"help": "Of this project alone; of all if empty."})
    by: Literal["run", "task", "attempt", "agent", "model", "project", "day"] = attrs.field(
        default="run", metadata={"help": "What each line stands for."}
    )
    since: str = attrs.field(
        default="", metadata={"help": "From this day on, YYYY-MM-DD in UTC; ever if empty."}
    )
    limit: int = attrs.field(
        default=100,
        validator=[attrs.validators.ge(1), attrs.validators.le(10_000)],
        metadata={"help": "At most so many lines, those that cost most."},
    )


@attrs.frozen(kw_only=True)
class CostLine:
    """What was spent on one thing. `name` says on what: for a task RUN/TASK, for an attempt RUN/TASK@TOKEN; ""
    where it is not known. `money` is in US dollars and has `estimated_money` in it: where the agent reported
    tokens alone. `subscription_tokens` are those, among all, that are paid for already.
    """

    name: str
    attempts: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    subscription_tokens: int
    money: float
    estimated_money: float


@attrs.frozen(kw_only=True)
class BudgetLine:
    """How a budget stands in its current day or month, or in total."""

    project: str
    per: str
    money: float | None
    tokens: int | None
    spent_money: float
    spent_tokens: int
    is_spent: bool


@attrs.frozen(kw_only=True)
class CostsView:
    """Costs: `lines` in order of money, then tokens; `total` over all of them, the ones left out too."""

    by: str
    lines: Sequence[CostLine]
    total: CostLine
    budgets: Sequence[BudgetLine]
