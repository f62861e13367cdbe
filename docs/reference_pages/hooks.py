"""Hooks and ports: what the kernel calls, how, and what it promises about it."""

import inspect
import re

from mosaic_hookspecs import (
    HOOK_POLICIES,
    HOOKS_CONTRACT,
    PORTS,
    Agent,
    Authenticator,
    CheckRunner,
    Hooks,
    Interface,
    Model,
    Observer,
    PlanFormat,
    PlanLinter,
    Planner,
    PortSpec,
    Scheduler,
    Storage,
    TaskSource,
    Transport,
    Workspace,
    WorkspaceProvider,
)

from .declared_operations import section
from .hook_examples import examples
from .markdown import HEAD, table, text_of, type_name

ARGUMENTS = {
    "context": "what this generation gets: its configuration, clock, log, bus, ports and nursery",
    "state": "what the generation before exported",
    "plugin": "the name of the plugin that failed",
    "error": "what it raised",
}
"""What every hook argument means; the kernel passes those that an implementation takes."""
DEADLINES = {
    "mosaic_health": "kernel.health_seconds",
    "mosaic_export_state": "kernel.hold_seconds",
    "mosaic_import_state": "kernel.hold_seconds",
    "mosaic_drain": "kernel.drain_seconds",
}
"""The setting that bounds each asynchronous hook; all others: `kernel.start_seconds`."""
FAILURES = {
    "abort": "the plugin does not start, or the reload is undone",
    "skip": "it is logged, and the rest goes on",
    "collect": "it is told in the report",
}
PROTOCOLS = {
    "transport": (Transport,),
    "storage": (Storage,),
    "planning": (Planner, PlanLinter, PlanFormat, TaskSource),
    "scheduling": (Scheduler,),
    "agents": (Agent, CheckRunner),
    "models": (Model,),
    "workspace": (WorkspaceProvider, Workspace),
    "auth": (Authenticator,),
    "ui": (Interface,),
    "observe": (Observer,),
}
"""What a provider of each port implements: one of these; for the workspace, both."""
_SINCE = re.compile(r"Since\s+contract\s+(\d+\.\d+)")


def page() -> str:
    parts = [HEAD, "# Hooks and ports\n\n", text_of(inspect.getmodule(Hooks)), "\n\n"]
    parts.append(f"The hooks' contract is version {HOOKS_CONTRACT}. [Compatibility](../explanation/")
    parts.append("compatibility.md) says what may change in which version.\n\n## Hooks\n\n")
    shown = examples()
    parts += [_hook(name, shown[name]) for name in HOOK_POLICIES]
    parts.append(section())
    parts.append("## Ports\n\n")
    rows = [
        [f"[`{port.name}`](#port-{port.name})", port.contract, "side by side" if port.allows_many else "one"]
        for port in PORTS.values()
    ]
    parts.append(table(["port", "contract", "providers"], rows))
    parts += [_port(name) for name in PORTS]
    return "".join(parts)


def _hook(name: str, example: tuple[str, str]) -> str:
    policy, hook = HOOK_POLICIES[name], getattr(Hooks, name)
    signature = inspect.signature(hook)
    arguments = [one for one in signature.parameters.values() if one.name != "self"]
    answer = "" if signature.return_annotation in ("None", None) else type_name(signature.return_annotation)
    file, source = example
    kind = "asynchronous" if policy.is_async else "synchronous"
    deadline = DEADLINES.get(name, "kernel.start_seconds") if policy.is_async else "none: it may not block"
    rows = [[f"`{one.name}`", f"`{type_name(one.annotation)}`", ARGUMENTS[one.name]] for one in arguments]
    facts = [
        ["called", kind],
        ["returns", f"`{answer}`" if answer else "nothing"],
        ["on failure", f"{policy.on_failure.value}: {FAILURES[policy.on_failure.value]}"],
        ["deadline", f"`{deadline}`" if policy.is_async else deadline],
        ["since", f"contract {policy.since}"],
    ]
    return "".join(
        [
            f"### `{name}({', '.join(one.name for one in arguments)})`\n\n",
            text_of(hook) + "\n\n",
            table(["argument", "type", ""], rows),
            table(["", ""], facts),
            f'```python title="docs/hook_examples/{file}"\n{source}\n```\n\n',
        ]
    )


def _port(name: str) -> str:
    spec, protocols = PORTS[name], PROTOCOLS[name]
    parts = [f"### Port `{name}` {{ #port-{name} }}\n\n"]
    if len(protocols) > 1:
        names = ", ".join(f"`{one.__name__}`" for one in protocols)
        parts.append(f"Its providers: {names}.\n\n")
    for protocol in protocols:
        rows = [_method(spec, one, value) for one, value in members(protocol).items()]
        parts.append(f"**`{protocol.__name__}`**: {text_of(protocol)}\n\n")
        parts.append(table(["member", "", "since", "when its provider is replaced"], rows))
    return "".join(parts)


def _method(spec: PortSpec, name: str, value: object) -> list[str]:
    if isinstance(value, property):
        said = value.fget
        shown, replaced = name, "read anew"
    else:
        said = value
        word = "async " if inspect.iscoroutinefunction(value) else ""
        shown, replaced = f"{word}{name}({', '.join(_parameters(value))})", _replaced(spec, name)
    first = text_of(said).partition("\n\n")[0]
    since = _SINCE.search(inspect.getdoc(said) or "")
    return [f"`{shown}`", first, since[1] if since else "1.0", replaced]


def _replaced(spec: PortSpec, name: str) -> str:
    if spec.name == "transport" and name == "serve":
        return "ended with its generation; the next one's runs already"
    if name in spec.moves:
        return "ended, and called again on the next one"
    if spec.transfer is not None and (spec.writes is None or name in spec.writes):
        return "held while data is handed over"
    return "finished on the old one"


def _parameters(function: object) -> list[str]:
    names = []
    for one in list(inspect.signature(function).parameters.values())[1:]:  # type: ignore[arg-type]
        if one.kind is one.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        names.append(one.name if one.default is one.empty else f"{one.name}={one.default!r}")
    return names


def members(protocol: type) -> dict[str, object]:
    """Return the methods and properties that a protocol asks for, with those of the protocols it extends."""
    found: dict[str, object] = {}
    for base in protocol.__mro__:
        if getattr(base, "_is_protocol", False):
            for name, value in vars(base).items():
                if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                    found.setdefault(name, value)
    return found
