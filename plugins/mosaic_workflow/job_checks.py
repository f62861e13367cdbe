"""Checks of one job and its steps that the vocabulary alone cannot make."""

from __future__ import annotations

from .document import Node
from .expressions.templates import OPEN
from .matrix import combinations_of, size_of
from .problems import Problems, nearest, shown
from .uses import KNOWN, REQUIRED, TAKES, is_artifact_name, target_of
from .vocabulary import SHELLS

MAX_COMBINATIONS = 256
_FOR_CALLS = frozenset({"name", "needs", "if", "strategy", "uses", "with", "secrets", "permissions"})


def check_job(node: Node, path: str, problems: Problems) -> None:
    """Add what is wrong with a job."""
    calls, steps = node.get("uses"), node.get("steps")
    if calls is None and steps is None:
        expected = "steps, or uses to call another workflow"
        problems.add("missing-key", "the job does nothing", node.location, subject=path, expected=expected)
    if calls is not None:
        for key in node.value:
            if key not in _FOR_CALLS:
                what = "a job that calls a workflow takes no such key"
                problems.add("not-for-calls", what, node.keys[key], subject=f"{path}.{key}")
    elif node.get("with") is not None:
        what = "only a job that calls a workflow takes inputs"
        problems.add("with-without-uses", what, node.keys["with"], subject=f"{path}.with")
    _check_concurrency(node, path, problems)
    _check_shell(node, path, problems)
    _check_strategy(node, path, problems)
    seen: dict[str, int] = {}
    for index, step in enumerate(steps.elements() if steps else ()):
        if step.kind == "mapping":
            _check_step(step, f"{path}.steps[{index}]", problems)
            _check_id(step, f"{path}.steps[{index}]", seen, problems)


def _check_concurrency(job: Node, path: str, problems: Problems) -> None:
    concurrency = job.get("concurrency")
    cancels = concurrency.get("cancel-in-progress") if concurrency else None
    if cancels is not None and cancels.value is True:
        problems.add(
            "unsupported-value",
            "a job waits until its group is free; it does not cancel what runs there",
            cancels.location,
            subject=f"{path}.concurrency.cancel-in-progress",
            expected="false",
            hint="Leave it out, and cancel the older run with `mosaic cancel` if it should end.",
        )


def _check_id(step: Node, path: str, seen: dict[str, int], problems: Problems) -> None:
    identifier = step.get("id")
    if identifier is None or identifier.kind != "text":
        return
    folded = identifier.raw.lower()
    if folded in seen:
        problems.add(
            "duplicate-id",
            f"another step of this job is named {identifier.raw!r}",
            identifier.location,
            subject=f"{path}.id",
            hint=f"The first is on line {seen[folded]}.",
        )
    else:
        seen[folded] = identifier.location.line


def _check_step(step: Node, path: str, problems: Problems) -> None:
    run, uses = step.get("run"), step.get("uses")
    if run is None and uses is None:
        problems.add(
            "missing-key", "the step does nothing", step.location, subject=path, expected="run or uses"
        )
    if run is not None and uses is not None:
        what = "a step has either run or uses"
        problems.add("run-and-uses", what, step.keys["uses"], subject=path, expected="one of them", got="both")
    wrong = ("with",) if run is not None and uses is None else ("shell", "working-directory") if uses else ()
    for key in wrong:
        if key in step.value:
            what = f"{key!r} belongs to a step with {'uses' if key == 'with' else 'run'}"
            problems.add("misplaced-key", what, step.keys[key], subject=f"{path}.{key}")
    _check_shell_name(step.get("shell"), f"{path}.shell", problems)
    if uses is not None and uses.kind == "text" and uses.raw.strip():
        _check_uses(step, uses, path, problems)


def _check_uses(step: Node, uses: Node, path: str, problems: Problems) -> None:
    target = target_of(uses.raw)
    if target is None:
        problems.add(
            "unknown-uses",
            "this names nothing that Mosaic can use",
            uses.location,
            subject=f"{path}.uses",
            expected=", ".join(KNOWN),
            got=shown(uses.raw),
            hint=_hint(uses.raw),
        )
        return
    if target.kind == "tool":
        _check_tool(step, path, problems)
    if target.kind not in TAKES:
        return
    given = step.get("with")
    known = TAKES[target.kind]
    for key, _ in given.items() if given else ():
        if key not in known and given is not None:
            problems.add(
                "unknown-key",
                f"{uses.raw} takes no such input",
                given.keys[key],
                subject=f"{path}.with.{key}",
                expected=", ".join(known),
                got=shown(key),
                hint=nearest(key, known),
            )
    for key in REQUIRED.get(target.kind, ()):
        if given is None or given.get(key) is None:
            problems.add(
                "missing-key",
                f"{uses.raw} needs {key!r}",
                uses.location,
                subject=f"{path}.with",
                expected=f"{key}: …",
            )
    name = given.get("name") if given and target.kind.startswith("artifact:") else None
    if name is not None and name.kind == "text" and OPEN not in name.raw and not is_artifact_name(name.raw):
        problems.add(
            "bad-artifact-name",
            "an artifact cannot be named so",
            name.location,
            subject=f"{path}.with.name",
            expected='1 to 120 characters, none of them one of / \\ " : < > | * ?',
            got=shown(name.raw),
        )


def _hint(uses: str) -> str:
    if uses.startswith("./"):
        return "A workflow is called by a job's own `uses`, not by a step's."
    if uses.startswith("mcp:"):
        return "A tool of an external server is named with its server: `mcp:SERVER/TOOL`."
    return nearest(uses.partition("@")[0], KNOWN)


def _check_tool(step: Node, path: str, problems: Problems) -> None:
    if step.get("env") is not None:
        problems.add(
            "misplaced-key",
            "'env' does not reach an external server",
            step.keys["env"],
            subject=f"{path}.env",
            hint="Give the tool what it needs under `with`; a server's own variables stand in the "
            "configuration of the mcpclient plugin.",
        )


def _check_shell(job: Node, path: str, problems: Problems) -> None:
    defaults = job.get("defaults")
    run = defaults.get("run") if defaults else None
    _check_shell_name(run.get("shell") if run else None, f"{path}.defaults.run.shell", problems)


def _check_shell_name(shell: Node | None, path: str, problems: Problems) -> None:
    if shell is None or shell.kind != "text" or OPEN in shell.raw:
        return
    if shell.raw not in SHELLS and "{0}" not in shell.raw:
        problems.add(
            "unknown-shell",
            "there is no such shell",
            shell.location,
            subject=path,
            expected=f"{', '.join(SHELLS)}, or a command line with {{0}}",
            got=shown(shell.raw),
            hint=nearest(shell.raw, SHELLS),
        )


def _check_strategy(job: Node, path: str, problems: Problems) -> None:
    strategy = job.get("strategy")
    if strategy is None:
        return
    matrix = strategy.get("matrix")
    if strategy.get("max-parallel") is not None and job.get("concurrency") is not None:
        what = "a job has either max-parallel or a concurrency group"
        problems.add("two-limits", what, strategy.keys["max-parallel"], subject=f"{path}.strategy.max-parallel")
    if matrix is None or matrix.kind != "mapping" or not is_static(matrix):
        return
    data = matrix.data()
    for key in ("include", "exclude"):
        if not all(isinstance(item, dict) for item in data.get(key) or []):
            return
    if not all(isinstance(values, list) for values in data.values()):
        return
    fault = matrix_fault(data)
    if fault:
        problems.add("bad-matrix", fault, matrix.location, subject=f"{path}.strategy.matrix")


def matrix_fault(matrix: dict[str, object]) -> str:
    """Say what is wrong with a matrix's size; "" if nothing is."""
    if size_of(matrix) > MAX_COMBINATIONS:
        return f"the matrix has more than {MAX_COMBINATIONS} combinations"
    return "" if combinations_of(matrix) else "the matrix has no combination left"


def is_static(node: Node) -> bool:
    """Whether no text in a value is an expression."""
    if node.kind == "mapping":
        return all(is_static(child) for _, child in node.items())
    if node.kind == "sequence":
        return all(is_static(child) for child in node.elements())
    return not (node.kind == "text" and OPEN in node.value)
