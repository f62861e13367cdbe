"""Money, and tables of what work cost, as the terminal shows them."""

import pytest

from mosaic_cli.costs_command import _print
from mosaic_cli.money import dollars
from mosaic_cli.tables import _fit


@pytest.mark.parametrize(
    ("money", "told"),
    [(0, "$0.00"), (0.00001, "<$0.0001"), (0.0067, "$0.0067"), (0.1, "$0.10"), (1234.5, "$1,234.50")],
)
def test_little_money_does_not_look_like_none(money, told):
    assert dollars(money) == told


def line(name, money, tokens, *, paid=0, estimated=0.0):
    figures = {"input_tokens": tokens, "cached_tokens": 0, "output_tokens": 0, "subscription_tokens": paid}
    return {"name": name, "attempts": 1, "money": money, "estimated_money": estimated, **figures}


def test_tokens_without_a_price_are_not_shown_as_free(capsys):
    found = [
        line("unpriced", 0.0, 10),
        line("subscribed", 0.0, 10, paid=10),
        line("guessed", 0.5, 10, estimated=0.5),
    ]
    budget = {"project": "*", "per": "day", "tokens": None, "is_spent": True, "spent_tokens": 0}
    budgets = [{**budget, "money": 0.004, "spent_money": 0.0067}]
    _print({"by": "agent", "lines": found, "total": line("", 0.5, 30), "budgets": budgets})
    out = capsys.readouterr().out
    assert [row.split()[-1] for row in out.splitlines()[1:4]] == ["-", "$0.00", "~$0.50"]
    assert "$0.0067 of $0.0040" in out


def test_the_last_column_gives_way_to_identifiers():
    widths = [8, 7, 8, 20, 8, 7, 49]
    _fit(widths, 80)
    assert widths[:-1] == [8, 7, 8, 20, 8, 7]
    assert sum(widths) + 2 * 6 <= 80
