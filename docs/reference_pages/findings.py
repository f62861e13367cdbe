"""The plan linter's codes."""

from mosaic_upp.lint.rules import RULES

from .markdown import HEAD, table

INTRODUCTION = """# Plan findings

What `mosaic plan check` says, with stable codes. Errors block; warnings do not.

"""


def page() -> str:
    rows = [[f"`{rule.code}`", rule.name, rule.severity.value, rule.explanation] for rule in RULES.values()]
    return HEAD + INTRODUCTION + table(["code", "name", "severity", "why"], rows)
