"""What can be configured: budgets around the runs of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs


def _positive(_: object, attribute: Any, value: float | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


@attrs.frozen(kw_only=True)
class BudgetEntry:
    """The most that all runs of some projects may spend together in a day, a month, or ever."""

    project: str = attrs.field(
        default="*", metadata={"help": "Name or pattern of the projects, such as shop-*; all by default."}
    )
    per: Literal["day", "month", "total"] = attrs.field(
        default="total", metadata={"help": "day or month (of the calendar, in UTC), or total."}
    )
    money: float | None = attrs.field(
        default=None, validator=_positive, metadata={"help": "US dollars, estimates included."}
    )
    tokens: int | None = attrs.field(
        default=None, validator=_positive, metadata={"help": "Tokens, in and out, of subscriptions too."}
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a budget without a limit."""
        if self.money is None and self.tokens is None:
            raise ValueError("a budget limits money or tokens")


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.costs``."""

    budgets: Sequence[BudgetEntry] = attrs.field(
        default=(),
        metadata={
            "help": "Budgets of projects. Where one is spent, its runs are stopped, attempts in flight too; "
            "`mosaic run --resume` goes on when there is room again."
        },
    )
