"""The contexts that a job's expressions see while the run goes on."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from .expressions.evaluation import Scope
from .expressions.templates import OPEN, parse_template
from .expressions.values import Value
from .inputs import InputSpec

RESULTS = {"accepted": "success", "failed": "failure", "cancelled": "cancelled", "skipped": "skipped"}


@attrs.frozen(kw_only=True)
class TaskResults:
    """What became of the tasks that a job waited for: `states` as `Assignment.needs` gives them."""

    states: Mapping[str, Mapping[str, Any]]

    def result(self, tasks: Sequence[str], tolerated: Sequence[str] = ()) -> str:
        """Return the result of a job that became `tasks`: the worst of theirs."""
        results = []
        for task in tasks:
            state = self.states.get(task, {}).get("result", "")
            result = RESULTS.get(str(state), "skipped")
            results.append("success" if result == "failure" and task in tolerated else result)
        for worst in ("failure", "cancelled"):
            if worst in results:
                return worst
        return "success" if not results or "success" in results else "skipped"

    def jobs(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``needs`` context (or ``jobs``) for the entries that the compiler made."""
        return {name: self._job(entry) for name, entry in entries.items()}

    def _job(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        for call in entry["calls"]:
            scope = Scope(contexts={"jobs": self.jobs(call["jobs"])})
            values = {name: parse_template(text).text(scope) for name, text in call["outputs"].items()}
            _merge(outputs, values)
        if not entry["calls"]:
            for task in entry["tasks"]:
                _merge(outputs, self.states.get(task, {}).get("outputs") or {})
        return {"result": self.result(entry["tasks"], entry["tolerated"]), "outputs": outputs}


def _merge(outputs: dict[str, Any], more: Mapping[str, Any]) -> None:
    outputs.update({name: value for name, value in more.items() if value != "" or name not in outputs})


def job_status(
    needs: Mapping[str, Any], ancestors: Sequence[Sequence[Any]], results: TaskResults
) -> Mapping[str, Callable[..., Value]]:
    """Return the status functions of a job's condition; `ancestors` are tasks, each with whether its
    failure is tolerated.
    """
    direct = [need["result"] for need in needs.values()]
    further = [results.result([task], [task] if tolerated else []) for task, tolerated in ancestors]
    return {
        "success": lambda: all(result == "success" for result in direct),
        "failure": lambda: "failure" in direct or "failure" in further,
        "cancelled": lambda: "cancelled" in direct or "cancelled" in further,
        "always": lambda: True,
    }


def call_inputs(call: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Return the inputs of a called workflow.

    Raises:
        ExpressionError: one cannot be evaluated. ValueError: one is of the wrong type.
    """
    values: dict[str, Any] = {}
    for data in call["inputs"]:
        spec = InputSpec(**data)
        given = call["with"].get(spec.name)
        if spec.name not in call["with"] or given is None:
            values[spec.name] = spec.empty if spec.default is None else spec.default
            continue
        if isinstance(given, str) and OPEN in given:
            given = parse_template(given).value(scope)
        try:
            values[spec.name] = spec.convert(given)
        except ValueError as error:
            raise ValueError(f"the input {spec.name!r} of the called workflow must be {error}") from None
    return values


def runner(temporary: str) -> dict[str, str]:
    """Return the ``runner`` context."""
    machines = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}
    systems = {"Darwin": "macOS"}
    machine, system = platform.machine().lower(), platform.system()
    return {
        "os": systems.get(system, system),
        "arch": machines.get(machine, machine.upper()),
        "name": platform.node(),
        "temp": temporary,
    }
