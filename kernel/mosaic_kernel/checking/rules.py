"""The rules of ``mosaic plugins check``: code, name, severity, and why each is one.

Codes are stable. Hundreds are families: 1 the manifest, 2 contracts, 3 hooks, 4 imports, 5 what importing
does, 6 documentation, 7 types.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from mosaic_hookspecs.errors import Location
from mosaic_hookspecs.findings import Finding, Severity


@attrs.frozen(kw_only=True)
class Rule:
    """One rule. `explanation` says what is wrong and why it matters."""

    code: str
    name: str
    severity: Severity
    explanation: str


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_TABLE = (
    ("PLG101", "no-entry-point", _ERROR, "Mosaic finds plugins by their entry points; this has none."),
    ("PLG102", "no-manifest", _ERROR, "Without a manifest in its package a plugin cannot be used."),
    ("PLG103", "bad-manifest", _ERROR, "A manifest that cannot be decoded makes the plugin unavailable."),
    ("PLG104", "not-in-manifest", _ERROR, "A plugin that its package's manifest does not name is unavailable."),
    ("PLG105", "not-an-entry-point", _ERROR, "The manifest describes a plugin that nobody can find."),
    ("PLG106", "no-target", _ERROR, "What an entry point or the manifest names must be in the package."),
    ("PLG107", "no-summary", _WARNING, "The summary is all that people read of a plugin before they use it."),
    ("PLG201", "port-contract", _ERROR, "A provider of another contract is refused."),
    ("PLG202", "hooks-contract", _ERROR, "A plugin that is written for other hooks is refused."),
    (
        "PLG203",
        "hook-newer",
        _ERROR,
        "A hook that is newer than the manifest's `hooks` is not there on an older Mosaic.",
    ),
    (
        "PLG204",
        "deprecated",
        _WARNING,
        "What is deprecated goes away with the next major version of its contract.",
    ),
    ("PLG301", "unknown-hook", _ERROR, "The kernel never calls a hook that it does not know."),
    (
        "PLG302",
        "hook-kind",
        _ERROR,
        "The kernel awaits asynchronous hooks and calls the others: one for the other fails.",
    ),
    ("PLG303", "hook-arguments", _ERROR, "The kernel passes a hook's own arguments, by name, and no others."),
    (
        "PLG304",
        "not-marked",
        _WARNING,
        "A method with a hook's name that is not marked with @hookimpl is never called.",
    ),
    (
        "PLG305",
        "not-provided",
        _ERROR,
        "The manifest promises a provider, and no class here implements mosaic_provide.",
    ),
    (
        "PLG306",
        "not-promised",
        _ERROR,
        "A provider that the manifest does not announce stops the plugin's start.",
    ),
    (
        "PLG401",
        "absolute-self-import",
        _WARNING,
        "Relative imports stay in a generation whatever it is called.",
    ),
    (
        "PLG402",
        "other-plugin",
        _ERROR,
        "A plugin that imports another cannot be swapped apart from it: use a port.",
    ),
    (
        "PLG403",
        "kernel-insides",
        _ERROR,
        "The kernel's modules change without notice; its public names do not.",
    ),
    ("PLG404", "test-tools", _ERROR, "mosaic_testing needs pytest, which is not there where the plugin runs."),
    ("PLG501", "import-does-something", _ERROR, "Importing a plugin must do nothing: open and start in hooks."),
    ("PLG502", "syntax", _ERROR, "The file cannot be parsed."),
    (
        "PLG601",
        "no-docstring",
        _WARNING,
        "What is public has a docstring: it is the contract with the next reader.",
    ),
    (
        "PLG602",
        "operation-incomplete",
        _ERROR,
        "Every door shows an operation's summary, and asks for its permission.",
    ),
    ("PLG603", "operation-name", _ERROR, "Operations are called thing.verb, by which every door names them."),
    (
        "PLG604",
        "no-help",
        _WARNING,
        "A field's metadata {'help': …} is what doors and `config schema` say of it.",
    ),
    ("PLG605", "no-readme", _ERROR, "A project without a README tells nobody what it is for."),
    ("PLG701", "no-py-typed", _ERROR, "Without py.typed the types of the package are invisible to others."),
    ("PLG702", "type", _ERROR, "mypy --strict has something to say."),
)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        code: Rule(code=code, name=name, severity=severity, explanation=why)
        for code, name, severity, why in _TABLE
    }
)
"""Every rule, by its code."""


def finding(
    code: str, message: str, where: Location | None = None, hint: str = "", subject: str = ""
) -> Finding:
    """Return a finding with its rule's severity."""
    return Finding(
        code=code, message=message, severity=RULES[code].severity, location=where, hint=hint, subject=subject
    )
