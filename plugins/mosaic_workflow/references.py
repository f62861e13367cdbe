"""Checks what the expressions of a workflow name: needs, steps, inputs, matrix keys, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import attrs

from .document import Node
from .expressions.syntax import Access, ContextName, Literal, walk
from .expressions.syntax import Node as Expression
from .expressions.templates import OPEN, TemplateError, parse_condition, parse_template
from .inputs import InputSpec
from .job_checks import is_static
from .places import locate
from .problems import Problems, nearest, shown
from .surroundings import Surroundings
from .uses import target_of

_FIXED: Mapping[str, frozenset[str]] = {
    "mosaic": frozenset({"run_id", "task_id", "attempt", "workspace", "workflow", "job", "repository"}),
    "strategy": frozenset({"job-index", "job-total", "fail-fast", "max-parallel"}),
    "job": frozenset({"status"}),
    "runner": frozenset({"os", "arch", "name", "temp"}),
}
_STEP_PARTS = frozenset({"outputs", "outcome", "conclusion"})
_NEED_PARTS = frozenset({"outputs", "result"})


class JobLike(Protocol):
    """What this needs to know of a job."""

    @property
    def node(self) -> Node:
        """Where it stands."""

    @property
    def needs(self) -> Sequence[str]:
        """The jobs that it names."""

    @property
    def calls(self) -> str:
        """The workflow that it calls."""


@attrs.frozen(kw_only=True)
class _Names:
    """The names that a place may use, by context; a context that is not in it is not checked."""

    known: Mapping[str, frozenset[str]]
    outputs: Mapping[str, frozenset[str]] = attrs.field(factory=dict)


def check_references(  # noqa: PLR0913 - a whole file and what is around it
    root: Node,
    source: str,
    jobs: Mapping[str, JobLike],
    inputs: Mapping[str, InputSpec],
    surroundings: Surroundings,
    problems: Problems,
) -> None:
    """Add every name in an expression that is not there, and every agent that is not."""
    checker = _References(source, problems)
    common: dict[str, frozenset[str]] = {
        **_FIXED,
        "inputs": frozenset(inputs),
        "vars": frozenset(surroundings.variables),
        "jobs": frozenset(jobs),
    }
    if surroundings.secrets is not None:
        common["secrets"] = surroundings.secrets
    outputs = {name: _outputs_of(job) for name, job in jobs.items() if not job.calls}
    for key, node in root.items():
        if key != "jobs":
            checker.check(node, key, _Names(known=common, outputs=outputs))
    for name, job in jobs.items():
        _check_job(checker, job, f"jobs.{name}", common, outputs)
        if surroundings.agents is not None:
            _check_agents(job, f"jobs.{name}", surroundings.agents, problems)


def _outputs_of(job: JobLike) -> frozenset[str]:
    outputs = job.node.get("outputs")
    return frozenset(name for name, _ in outputs.items()) if outputs else frozenset()


def _check_job(
    checker: _References,
    job: JobLike,
    path: str,
    common: Mapping[str, frozenset[str]],
    outputs: Mapping[str, frozenset[str]],
) -> None:
    known = {**common, "needs": frozenset(job.needs)}
    keys = _matrix_keys(job.node)
    if keys is not None:
        known["matrix"] = keys
    steps = job.node.get("steps")
    elements = steps.elements() if steps else ()
    identifiers: set[str] = set()
    for index, step in enumerate(elements):
        names = _Names(known={**known, "steps": frozenset(identifiers)}, outputs=outputs)
        checker.check(step, f"{path}.steps[{index}]", names)
        if (identifier := step.get("id")) is not None:
            identifiers.add(identifier.raw)
    names = _Names(known={**known, "steps": frozenset(identifiers)}, outputs=outputs)
    for key, node in job.node.items():
        if key != "steps":
            checker.check(node, f"{path}.{key}", names)


def _matrix_keys(job: Node) -> frozenset[str] | None:
    """Return the keys of a job's matrix; None where they are not known before the run."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if strategy else None
    if matrix is None:
        return frozenset()
    include = matrix.get("include")
    if matrix.kind != "mapping" or (include is not None and include.kind != "sequence"):
        return None
    if include is not None and not is_static(include):
        return None
    keys = {key for key, _ in matrix.items() if key not in ("include", "exclude")}
    for extra in include.elements() if include else ():
        keys.update(key for key, _ in extra.items())
    return frozenset(keys)


def _check_agents(job: JobLike, path: str, agents: frozenset[str], problems: Problems) -> None:
    steps = job.node.get("steps")
    for index, step in enumerate(steps.elements() if steps else ()):
        uses = step.get("uses")
        target = target_of(uses.raw) if uses else None
        if uses is None or target is None or target.kind not in ("agent", "tool") or target.name in agents:
            continue
        if target.kind == "tool":
            _tell_unknown_server(uses, target.name, f"{path}.steps[{index}].uses", agents, problems)
            continue
        problems.add(
            "unknown-agent",
            f"no plugin that runs provides {shown(target.name)}",
            uses.location,
            subject=f"{path}.steps[{index}].uses",
            expected=", ".join(sorted(agents)) or "an agent; there is none",
            hint=nearest(target.name, agents),
        )


def _tell_unknown_server(
    uses: Node, name: str, subject: str, agents: frozenset[str], problems: Problems
) -> None:
    servers = sorted(agent for agent in agents if agent.startswith("mcp:"))
    problems.add(
        "unknown-server",
        f"no external server {shown(name.removeprefix('mcp:'))} is configured",
        uses.location,
        subject=subject,
        expected=", ".join(f"{server}/TOOL" for server in servers) or "a server; there is none",
        hint=nearest(name, servers) or "Configure it under plugins.mcpclient.servers.",
    )


class _References:
    def __init__(self, source: str, problems: Problems) -> None:
        self._source = source
        self._problems = problems

    def check(self, node: Node, path: str, names: _Names) -> None:
        if node.kind == "text":
            self._text(node, path, names)
        for key, child in node.items():
            self.check(child, f"{path}.{key}", names)
        for index, child in enumerate(node.elements()):
            self.check(child, f"{path}[{index}]", names)

    def _text(self, node: Node, path: str, names: _Names) -> None:
        for ordinal, expression in _expressions(node, is_condition=path.endswith(".if")):
            for part in walk(expression):
                if isinstance(part, Access):
                    self._access(node, ordinal, part, path, names)

    def _access(self, node: Node, ordinal: int, access: Access, path: str, names: _Names) -> None:
        key = access.key
        if not isinstance(key, Literal) or not isinstance(key.value, str):
            return
        known = _known(access.target, names)
        if known is None or key.value.lower() in {name.lower() for name in known}:
            return
        drawn = _drawn(access.target)
        self._problems.add(
            "unknown-name",
            f"there is no {drawn}.{key.value[:60]} here",
            locate(self._source, node, ordinal, access.offset or 0),
            subject=path,
            expected=", ".join(sorted(known)) or f"nothing: {drawn} is empty",
            hint=_hint(drawn, key.value, known),
        )


def _hint(drawn: str, name: str, known: frozenset[str]) -> str:
    found = nearest(name, known)
    if found:
        return found
    return {
        "needs": "Name the job under `needs` first.",
        "secrets": "Name it in the configuration of the workflow plugin under `secrets`.",
        "vars": "Give it in the configuration of the workflow plugin under `variables`.",
        "steps": "Only earlier steps of the job that have an `id` can be named.",
    }.get(drawn, "")


def _drawn(node: Expression) -> str:
    if isinstance(node, ContextName):
        return node.name
    if isinstance(node, Access) and isinstance(node.key, Literal):
        return f"{_drawn(node.target)}.{node.key.value}"
    return "…"


def _known(target: Expression, names: _Names) -> frozenset[str] | None:
    """Return the names that may follow `target`; None where they are not known."""
    if isinstance(target, ContextName):
        return names.known.get(target.name.lower())
    if not isinstance(target, Access) or not isinstance(target.key, Literal):
        return None
    inner = target.target
    if isinstance(inner, ContextName):
        parts = {"steps": _STEP_PARTS, "needs": _NEED_PARTS, "jobs": _NEED_PARTS}
        return parts.get(inner.name.lower())
    is_need = (
        str(target.key.value).lower() == "outputs"
        and isinstance(inner, Access)
        and isinstance(inner.key, Literal)
        and isinstance(inner.target, ContextName)
        and inner.target.name.lower() in ("needs", "jobs")
    )
    if is_need and isinstance(inner, Access) and isinstance(inner.key, Literal):
        return names.outputs.get(str(inner.key.value))
    return None


def _expressions(node: Node, *, is_condition: bool) -> Iterator[tuple[int, Expression]]:
    """Yield the expressions of a text with their ordinal; those that are wrong were told already."""
    try:
        if is_condition:
            yield (0 if OPEN in node.value else -1), parse_condition(node.value)
        else:
            for part in parse_template(node.value).parts:
                yield part.ordinal, part.node
    except TemplateError:
        return
