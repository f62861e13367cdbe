"""What a program uses that has Mosaic inside."""

from __future__ import annotations

import inspect
import re

import mosaic_kernel
from mosaic_hookspecs import Bus, Port
from mosaic_kernel import AsyncioKernel, BlockingKernel, Kernel

from .hooks import members
from .markdown import HEAD, table, text_of, type_name

KERNELS = (Kernel, BlockingKernel, AsyncioKernel)
INTRODUCTION = """# Embedding API

For programs that have Mosaic inside: [Embed Mosaic](../how-to/embed.md) shows them at work. On asyncio use
`AsyncioKernel`, in plain threads `BlockingKernel`; `Kernel` itself runs on trio only. Import all of them from
`mosaic_kernel`.

"""
_SECTION = re.compile(r"^(Args|Raises|Returns):\n((?:^(?: {4}.*)?\n?)+)", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
_HEADINGS = {"Args": ["argument", ""], "Raises": ["raises", "when"], "Returns": ["returns", ""]}


def page() -> str:
    """Return the page."""
    parts = [HEAD, INTRODUCTION]
    for kernel in KERNELS:
        parts.append(f"## `{kernel.__name__}`\n\n{described(kernel)}")
        for name, value in public_members(kernel).items():
            shown = _heading(f"{kernel.__name__}.{name}", value)
            parts.append(f"### `{shown}`\n\n{described(value)}")
    parts.append("## What `port` and `bus` give\n\n")
    for protocol in (Port, Bus):
        rows = [[f"`{_heading(name, value)}`", _first(value)] for name, value in members(protocol).items()]
        parts.append(f"**`{protocol.__name__}`**: {text_of(protocol)}\n\n{table(['member', ''], rows)}")
    parts.append("## Everything else that `mosaic_kernel` exports\n\n")
    others = [name for name in mosaic_kernel.__all__ if name not in {one.__name__ for one in KERNELS}]
    parts.append(table(["name", ""], [[f"`{one}`", _first(getattr(mosaic_kernel, one))] for one in others]))
    return "".join(parts)


def public_members(kernel: type) -> dict[str, object]:
    """Return the methods and properties of a kernel that a program uses, in their order."""
    found = {name: value for name, value in vars(kernel).items() if not name.startswith("_")}
    found.pop("runtime", None)  # for tests and the kernel's own parts
    return found


def described(thing: object) -> str:
    """Return a docstring, with its sections as tables."""
    text = text_of(thing) + "\n"

    def section(found: re.Match[str]) -> str:
        rows = [[f"`{name}`", " ".join(said.split())] for name, said in _ENTRY.findall(found[2])]
        return table(_HEADINGS[found[1]], rows) if rows else found[0]

    return _SECTION.sub(section, text).rstrip() + "\n\n"


def _heading(name: str, value: object) -> str:
    if isinstance(value, property):
        return name
    signature = inspect.signature(value)  # type: ignore[arg-type]
    shown = []
    for one in list(signature.parameters.values())[1:]:
        is_bare = not any(before.startswith("*") for before in shown)
        if one.kind is one.KEYWORD_ONLY and is_bare:
            shown.append("*")
        star = "*" if one.kind is one.VAR_POSITIONAL else ""
        shown.append(star + one.name if one.default is one.empty else f"{one.name}={one.default!r}")
    answer = type_name(signature.return_annotation).replace("FilledPort", "Port")
    word = "async " if inspect.iscoroutinefunction(value) else ""
    return f"{word}{name}({', '.join(shown)})" + (f" -> {answer}" if answer not in {"Any", "None"} else "")


def _first(thing: object) -> str:
    said = thing.fget if isinstance(thing, property) else thing
    return text_of(said).partition("\n\n")[0]
