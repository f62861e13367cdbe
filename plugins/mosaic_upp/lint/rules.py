"""The rules of the plan linter: code, name, severity, and why each is one.

Codes are stable. Hundreds are families: 0 the tree's form, 1 dependencies, 2 sizes, 3 shape,
4 acceptance, 5 coverage, 6 ownership, 7 the document's own figures, 8 wording, 9 guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from mosaic_hookspecs import Severity


@attrs.frozen(kw_only=True)
class Rule:
    """One rule. `severity` is the usual one; `explanation` says what is wrong and why it matters."""

    code: str
    name: str
    severity: Severity
    explanation: str


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_TABLE = (
    ("UPP001", "empty-plan", _ERROR, "A plan without nodes does nothing, so it must not pass as one."),
    (
        "UPP002",
        "bad-identifier",
        _ERROR,
        "An identifier is a level's prefix, one group of three digits, then groups of two: T.001.02.03.04.",
    ),
    ("UPP003", "duplicate-identifier", _ERROR, "Two nodes with one identifier cannot be told apart."),
    ("UPP004", "orphan", _ERROR, "A node's parent, whose identifier is its own less a group, must exist."),
    (
        "UPP005",
        "wrong-level",
        _ERROR,
        "The prefix must state the level that the number of groups gives: E, F, S, T, ST, A for 1 to 6.",
    ),
    (
        "UPP006",
        "out-of-order",
        _WARNING,
        "Nodes stand in the order of the tree, each parent before its children, so that people can read it.",
    ),
    ("UPP101", "unknown-dependency", _ERROR, "A dependency on a node that is not in the plan never ends."),
    ("UPP102", "dependency-cycle", _ERROR, "Nodes that wait for one another never start."),
    (
        "UPP103",
        "dependency-within-branch",
        _ERROR,
        "A node cannot wait for itself, for what it is part of, or for its own parts.",
    ),
    (
        "UPP104",
        "implied-dependency",
        _WARNING,
        "A dependency that follows from another one only hides the shape of the plan.",
    ),
    ("UPP201", "no-estimate", _WARNING, "Without an estimate nobody knows whether a leaf is small enough."),
    (
        "UPP202",
        "oversized",
        _ERROR,
        (
            "A leaf takes at most 30 minutes; more is not one task but several. Atomics, and subtasks without "
            "children, are split by --fix into chained parts where their parent has room."
        ),
    ),
    (
        "UPP203",
        "estimate-disagrees",
        _WARNING,
        "The estimate of an inner node is the sum of its leaves; any other is out of date.",
    ),
    ("UPP204", "impossible-estimate", _ERROR, "An estimate is a positive number of minutes."),
    (
        "UPP301",
        "single-child",
        _WARNING,
        (
            "A node with one child says the same thing twice. Allowed at the top of a plan with too few "
            "atomics for two children at each level, such as an epic with one feature over fewer than 32."
        ),
    ),
    ("UPP302", "too-many-children", _ERROR, "A node has at most seven children; more are a list, not a tree."),
    (
        "UPP303",
        "shallow-leaf",
        _WARNING,
        "A leaf above the level of atomics is a task that was not decomposed to the end.",
    ),
    (
        "UPP401",
        "missing-acceptance",
        _ERROR,
        (
            "A leaf without an acceptance check is accepted on its agent's word. This is a warning in a plan "
            "that has neither a requirement nor a check anywhere: such plans come from formats that can say "
            "neither. All but the last part of a split leaf are accepted with the last part."
        ),
    ),
    ("UPP402", "check-cannot-fail", _ERROR, "A check that always passes is no evidence."),
    ("UPP403", "check-without-command", _ERROR, "A command check needs `run` or `argv`."),
    ("UPP501", "uncovered-requirement", _ERROR, "Every requirement is served by at least one leaf."),
    ("UPP502", "unknown-requirement", _ERROR, "What a node serves must be a requirement of the plan."),
    (
        "UPP503",
        "serves-nothing",
        _WARNING,
        (
            "In a plan that has requirements, a leaf that serves none, and that no leaf which serves one waits "
            "for, is either needless or not traced."
        ),
    ),
    (
        "UPP504",
        "general-outline",
        _WARNING,
        (
            "The planner had no pattern for this requirement: its tasks say its words, in general steps. A "
            "planner with a model, or you, can say what it takes."
        ),
    ),
    ("UPP601", "two-owners", _ERROR, "A contract (file, table, route) is defined by one node alone."),
    (
        "UPP701",
        "summary-disagrees",
        _WARNING,
        "What the document says of itself is not what its tree holds; one of them is out of date.",
    ),
    ("UPP801", "duplicate-title", _WARNING, "Siblings with one title cannot be told apart by people."),
    ("UPP802", "no-title", _ERROR, "A node without a title asks for nothing."),
    ("UPP901", "assumption-without-rationale", _WARNING, "A guess needs its reason, so that it can be judged."),
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        code: Rule(code=code, name=name, severity=severity, explanation=explanation)
        for code, name, severity, explanation in _TABLE
    }
)
"""Every rule by its code."""
