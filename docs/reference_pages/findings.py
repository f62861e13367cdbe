"""The codes of the two linters: for plans, and for plugins."""

from mosaic_kernel.checking.rules import RULES as PLUGIN_RULES
from mosaic_upp.lint.rules import RULES

from .markdown import HEAD, table

INTRODUCTION = """# Findings

## Plans

What `mosaic plan check` says, with stable codes. Errors block; warnings do not.

"""
PLUGINS = """## Plugins

What `mosaic plugins check` says of a plugin's project. One error makes its exit code 1.

"""
HEADINGS = ["code", "name", "severity", "why"]


def page() -> str:
    plans, plugins = (
        table(
            HEADINGS,
            [[f"`{one.code}`", one.name, one.severity.value, one.explanation] for one in rules.values()],
        )
        for rules in (RULES, PLUGIN_RULES)
    )
    return HEAD + INTRODUCTION + plans + PLUGINS + plugins
