"""Hooks and ports."""

import inspect

from mosaic_hookspecs import HOOK_POLICIES, PORTS, Hooks

from .markdown import HEAD, table, text_of


def page() -> str:
    parts = [HEAD, "# Hooks and ports\n\n", text_of(inspect.getmodule(Hooks)), "\n\n## Hooks\n\n"]
    for name, policy in HOOK_POLICIES.items():
        hook = getattr(Hooks, name)
        names = [parameter for parameter in inspect.signature(hook).parameters if parameter != "self"]
        kind = "asynchronous" if policy.is_async else "synchronous"
        parts.append(f"### `{name}({', '.join(names)})`\n\n")
        parts.append(f"*{kind}; on failure: {policy.on_failure.value}; since contract {policy.since}*\n\n")
        parts.append(text_of(hook) + "\n\n")
        parts.append(f"```python\n{_example(name, names, is_async=policy.is_async)}```\n\n")
    parts.append("## Ports\n\n")
    rows = [
        [f"`{port.name}`", port.contract, "side by side" if port.allows_many else "one"]
        for port in PORTS.values()
    ]
    parts.append(table(["port", "contract", "providers"], rows))
    return "".join(parts)


def _example(name: str, names: list[str], *, is_async: bool) -> str:
    word = "async def" if is_async else "def"
    return f"@hookimpl\n{word} {name}(self, {', '.join(names)}): ...\n"
