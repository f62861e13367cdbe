"""The linter for plans: findings with codes, repairs, and reports as text, JSON and SARIF."""

from __future__ import annotations

from .coverage import general_names, serving_leaves
from .linter import Linter, judge
from .outline import make_outline
from .report import STYLES, render
from .rules import RULES, Rule

__all__ = [
    "RULES",
    "STYLES",
    "Linter",
    "Rule",
    "general_names",
    "judge",
    "make_outline",
    "render",
    "serving_leaves",
]
