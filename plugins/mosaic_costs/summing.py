"""Sums the accounts up by what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from mosaic_hookspecs import InputError

from .accounts import Accounts, Line
from .amounts import Amount
from .records import CostLine, ShowCosts

_NAMES: Mapping[str, Callable[[Line], str]] = {
    "run": lambda line: line.run,
    "task": lambda line: f"{line.run}/{line.task}",
    "attempt": lambda line: f"{line.run}/{line.task}@{line.token}",
    "agent": lambda line: line.agent,
    "model": lambda line: line.model,
    "project": lambda line: line.project,
    "day": lambda line: line.day,
}


def summed(accounts: Accounts, request: ShowCosts) -> tuple[list[CostLine], CostLine]:
    """Return the lines that were asked for, and the total over all that fits, left out ones included.

    Raises:
        InputError: `since` is no day (code ``bad-day``).
    """
    _require_day(request.since)
    name_of = _NAMES[request.by]
    sums: dict[str, Amount] = {}
    attempts: dict[str, set[tuple[str, str, int]]] = {}
    total, everything = Amount(), set[tuple[str, str, int]]()
    for line, amount in accounts.lines():
        if not _is_wanted(line, request):
            continue
        name, attempt = name_of(line), (line.run, line.task, line.token)
        sums.setdefault(name, Amount()).add(amount)
        total.add(amount)
        if line.token:
            attempts.setdefault(name, set()).add(attempt)
            everything.add(attempt)
    names = sorted(sums, key=lambda name: (-sums[name].money, -sums[name].tokens, name))[: request.limit]
    lines = [_line(name, sums[name], len(attempts.get(name, ()))) for name in names]
    return lines, _line("", total, len(everything))


def _require_day(text: str) -> None:
    try:
        is_day = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_day = False
    if not is_day:
        raise InputError("bad-day", "this is no day", where="since", expected="YYYY-MM-DD", got=text[:40])


def _is_wanted(line: Line, request: ShowCosts) -> bool:
    return (
        request.run_id in ("", line.run)
        and request.project in ("", line.project)
        and (not request.since or line.day >= request.since)
    )


def _line(name: str, amount: Amount, attempts: int) -> CostLine:
    return CostLine(
        name=name,
        attempts=attempts,
        input_tokens=amount.input_tokens,
        cached_tokens=amount.cached_tokens,
        output_tokens=amount.output_tokens,
        subscription_tokens=amount.subscription_tokens,
        money=amount.money,
        estimated_money=amount.estimated_money,
    )
