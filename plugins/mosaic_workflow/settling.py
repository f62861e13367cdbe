"""Evaluates what has to be known when the run starts: matrices, time limits, groups, names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Severity

from .document import Node
from .expressions.evaluation import Late, LateError, Scope
from .expressions.templates import OPEN, TemplateError, parse_template
from .expressions.tokens import ExpressionError
from .expressions.values import to_text
from .matrix import Combination
from .naming import plain_words
from .places import locate
from .problems import Problems, shown
from .surroundings import Surroundings
from .workflow import Job, Workflow


class Settler:
    """Evaluates the keys of one job in the scope that there is before the run."""

    def __init__(
        self,
        workflow: Workflow,
        job: Job,
        inputs: Mapping[str, Any],
        surroundings: Surroundings,
        problems: Problems,
    ) -> None:
        self._workflow = workflow
        self._job = job
        self._problems = problems
        self._surroundings = surroundings
        self._inputs = inputs
        self.combination: Combination | None = None
        self.strategy_data: Mapping[str, Any] = {}

    def at(self, combination: Combination | None, strategy: Mapping[str, Any]) -> Settler:
        """Return the one for a combination of the matrix."""
        settler = Settler(self._workflow, self._job, self._inputs, self._surroundings, self._problems)
        settler.combination = dict(combination) if combination is not None else None
        settler.strategy_data = strategy
        return settler

    @property
    def _scope(self) -> Scope:
        return Scope(
            contexts={
                "inputs": self._inputs,
                "vars": self._surroundings.variables,
                "matrix": self.combination or {},
                "strategy": self.strategy_data,
                **{name: Late() for name in ("needs", "env", "secrets", "mosaic", "steps", "job", "runner")},
            }
        )

    def node(self, *keys: str) -> Node | None:
        """Return the value under a path of keys of the job."""
        node: Node | None = self._job.node
        for key in keys:
            node = node.get(key) if node else None
        return node

    def value(self, node: Node, key: str) -> Any:
        """Return a value with its expressions evaluated; None where they cannot be, which is told."""
        if node.kind == "mapping":
            return {name: self.value(child, key) for name, child in node.items()}
        if node.kind == "sequence":
            return [self.value(child, key) for child in node.elements()]
        if node.kind != "text" or OPEN not in node.value:
            return node.value
        try:
            return parse_template(node.value).value(self._scope)
        except TemplateError:
            return None  # told already, when the file was checked
        except ExpressionError as error:
            if not (self._surroundings.is_trial and isinstance(error, LateError)):
                where = locate(self._workflow.source, node, 0, error.offset)
                subject = f"jobs.{self._job.name}.{key}"
                self._problems.add("bad-expression", error.message, where, subject=subject)
            return None

    def early(self, node: Node) -> Any:
        """Return a value if it is known already, else `Late`."""
        if node.kind != "text" or OPEN not in node.value:
            return node.data()
        try:
            return parse_template(node.value).value(self._scope)
        except ExpressionError:
            return Late()  # what is wrong with it is told when the job starts

    def text(self, key: str) -> str:
        """Return the text at a key, "" if there is none."""
        node = self.node(key)
        return to_text(self.value(node, key)) if node is not None and _is_scalar(node) else ""

    def flag(self, *keys: str, default: bool) -> bool:
        """Return the boolean at a key."""
        node = self.node(*keys)
        if node is None:
            return default
        value = self.value(node, ".".join(keys))
        if not isinstance(value, bool):
            self._mistyped(node, keys, "true or false", value)
            return default
        return value

    def number(self, *keys_and_default: Any) -> float:
        """Return the number at a key; the last argument is what stands for none."""
        *keys, default = keys_and_default
        node = self.node(*keys)
        if node is None:
            return float(default)
        value = self.value(node, ".".join(keys))
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(float(value)) or value <= 0:
            self._mistyped(node, keys, "a number above 0", value)
            return float(default)
        return float(value)

    def _mistyped(self, node: Node, keys: Sequence[str], expected: str, value: Any) -> None:
        # A text without an expression is refused by the vocabulary, save in a matrix.
        is_told = node.kind != "text" or (OPEN not in node.value and "matrix" not in keys)
        if not is_told and value is not None:
            what = "this gives a value of the wrong type"
            subject = f"jobs.{self._job.name}.{'.'.join(keys)}"
            self._problems.add(
                "wrong-type", what, node.location, subject=subject, expected=expected, got=shown(value)
            )

    def matrix(self) -> dict[str, Any] | None:
        """Return the matrix with its expressions evaluated; None if the job has none."""
        node = self.node("strategy", "matrix")
        if node is None:
            return None
        value = self.value(node, "strategy.matrix")
        if not isinstance(value, Mapping) or not value:
            self._mistyped(node, ("strategy", "matrix"), "an object of lists", value)
            return None
        fits = True
        for name, values in value.items():
            is_list = isinstance(values, list) and bool(values or name in ("include", "exclude"))
            is_list = is_list and (
                name not in ("include", "exclude") or all(isinstance(i, Mapping) for i in values)
            )
            if not is_list:
                fits = False
                child = node.get(name) or node
                expected = "a list of objects" if name in ("include", "exclude") else "a list that is not empty"
                self._mistyped(child, ("strategy", "matrix", str(name)), expected, values)
        return {str(name): list(values) for name, values in value.items()} if fits else None

    @property
    def fails_fast(self) -> bool:
        """Whether one failure cancels the other combinations."""
        return self.flag("strategy", "fail-fast", default=True)

    def strategy(self, index: int, total: int) -> Mapping[str, Any]:
        """Return the strategy context of one combination."""
        parallel = self.number("strategy", "max-parallel", total)
        return {
            "fail-fast": self.fails_fast,
            "job-index": index,
            "job-total": total,
            "max-parallel": max(1, int(parallel)),
        }

    @property
    def lane(self) -> int | None:
        """Which of the lanes of ``max-parallel`` this combination goes in; None if all may go at once."""
        lanes, total = self.strategy_data["max-parallel"], self.strategy_data["job-total"]
        return self.strategy_data["job-index"] % lanes if lanes < total else None

    def concurrency(self) -> str:
        """Return the concurrency group, "" if there is none."""
        node = self.node("concurrency")
        group = node if node is None or node.kind == "text" else node.get("group")
        return to_text(self.value(group, "concurrency")) if group is not None and _is_scalar(group) else ""

    def labels(self) -> Sequence[tuple[Node, str]]:
        """Return the labels of ``runs-on`` with where they stand."""
        node = self.node("runs-on")
        if node is not None and node.kind == "mapping":
            node = node.get("labels")
        if node is None:
            return []
        found: list[tuple[Node, str]] = []
        for part in node.elements() or (node,):
            value = self.value(part, "runs-on") if _is_scalar(part) else None
            values = value if isinstance(value, list) else [value]
            found.extend((part, to_text(item)) for item in values if item is not None and to_text(item))
        return found

    def ignore(self, node: Node, label: str) -> None:
        """Tell that a runner's label has no effect."""
        self._problems.add(
            "ignored-label",
            f"the runner label {label!r} has no effect: jobs run on this machine",
            node.location,
            subject=f"jobs.{self._job.name}.runs-on",
            severity=Severity.WARNING,
        )

    def default_title(self) -> str:
        """Return the name of a job that has none, as GitHub writes it."""
        if not self.distinction:
            return self._job.name
        return f"{self._job.name} ({', '.join(plain_words(value) for value in self.distinction.values())})"

    @property
    def distinction(self) -> Combination:
        """Return what tells this combination from the others: the matrix's own values, or all of them
        where `include` made it.
        """
        matrix = self.node("strategy", "matrix")
        axes = [key for key, _ in matrix.items() if key not in ("include", "exclude")] if matrix else []
        combination = self.combination or {}
        return {key: combination[key] for key in axes if key in combination} or combination

    def run_defaults(self) -> Mapping[str, str]:
        """Return the job's ``defaults.run``."""
        node = self.node("defaults", "run")
        items = node.items() if node else ()
        return {
            key: to_text(self.value(child, f"defaults.run.{key}")) for key, child in items if _is_scalar(child)
        }


def _is_scalar(node: Node) -> bool:
    return node.kind not in ("mapping", "sequence")
