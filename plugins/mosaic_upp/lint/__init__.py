"""The linter for plans: findings with codes, repairs, and reports as text, JSON and SARIF."""

from __future__ import annotations

from .linter import Linter
from .report import STYLES, render
from .rules import RULES, Rule

__all__ = ["RULES", "STYLES", "Linter", "Rule", "render"]
