"""What the data of contributions may hold, by the contract of the ui port: says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mosaic_hookspecs import Contribution

_DRAWN = ("page", "panel", "tab")
_PAGE_PATH = re.compile(r"(?:/|(?:/(?:[a-z0-9_-]+|\{[a-z][a-z0-9_]*\}))+)")
_OWN_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
_NAMED = re.compile(r"(?:page|panel):\S+")
_PARAMETER = re.compile(r"\{[a-zA-Z_][\w.-]*(?::(?:int|bool|list|text))?\}")
_TOKEN = re.compile(r"[a-z][a-z0-9-]*")
_VALUE = re.compile(r"[^;{}<>\\@\x00-\x1f]{1,200}")
_OPERATION = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)+")
_TEXTS = ("template", "module", "style", "icon", "place", "path", "target", "operation", "keys")
_MOST_PATH = 2000


def faults_of(one: Contribution) -> Iterator[str]:
    """Yield what is wrong with the data of a contribution, each in a sentence."""
    data = one.data
    for key in _TEXTS:
        if key in data and not isinstance(data[key], str):
            yield f"{key} is {data[key]!r}; it is text"
    order = data.get("order", 0)
    if isinstance(order, bool) or not isinstance(order, int | float):
        yield f"order is {order!r}; it is a number"
    if one.kind in _DRAWN:
        yield from _faults_of_drawn(data)
    if one.kind == "page":
        yield from _faults_of_path(data.get("path", f"/pages/{one.name}"))
    elif one.kind == "navigation":
        yield from _faults_of_target(data.get("target", ""))
    elif one.kind == "command":
        yield from _faults_of_command(data)
    elif one.kind == "theme":
        yield from _faults_of_theme(data)


def _faults_of_drawn(data: Mapping[str, Any]) -> Iterator[str]:
    template = data.get("template")
    if isinstance(template, str):
        yield from _faults_of_template(template)
    elif template is None and "module" not in data and "island" not in data:
        yield "nothing would be drawn: it has neither template nor module"
    reads = data.get("reads", {})
    if not isinstance(reads, Mapping):
        yield f"reads is {reads!r}; it maps names of the template to operations and inputs"
        return
    for name, read in reads.items():
        yield from _faults_of_read(name, read)
    live = data.get("live", ())
    if not isinstance(live, list | tuple) or not all(isinstance(kind, str) and kind for kind in live):
        yield f"live is {live!r}; it is a list of kinds of events and topics, as text"


def _faults_of_template(template: str) -> Iterator[str]:
    try:
        from jinja2 import TemplateSyntaxError
        from jinja2.sandbox import SandboxedEnvironment
    except ImportError:  # only interfaces need it, and this one's author may have none
        return
    try:
        SandboxedEnvironment(autoescape=True).parse(template)
    except TemplateSyntaxError as error:
        yield f"line {error.lineno} of its template is not Jinja: {error.message}"


def _faults_of_read(name: Any, read: Any) -> Iterator[str]:
    what = f"reads.{name}"
    if not isinstance(name, str) or not name.isidentifier():
        yield f"{what}: {name!r} is no name that a template can use"
    if not isinstance(read, Mapping):
        yield f'{what} is {read!r}; it is {{"operation": …, "input": {{…}}}}'
        return
    yield from _faults_of_call(read, f"{what}.")
    if not isinstance(read.get("optional", False), bool):
        yield f"{what}.optional is {read['optional']!r}; it is true or false"
    odd = sorted(map(str, set(read) - {"operation", "input", "optional"}))
    if odd:
        yield f"{what}.{odd[0]} means nothing; a read has operation, input and optional"


def _faults_of_call(call: Mapping[str, Any], where: str = "") -> Iterator[str]:
    operation = call.get("operation")
    if not isinstance(operation, str) or not _OPERATION.fullmatch(operation):
        yield f"{where}operation is {operation!r}; it is the name of an operation, such as run.list"
    data = call.get("input", {})
    if not isinstance(data, Mapping):
        yield f"{where}input is {data!r}; it maps the operation's fields to values"
        return
    for text in _texts_in(data):
        if text.startswith("{") and text.endswith("}") and not _PARAMETER.fullmatch(text):
            yield f"{where}input holds {text!r}; parameters are such as {{run_id}} or {{after:int}}"


def _texts_in(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts_in(value)


def _faults_of_path(path: Any) -> Iterator[str]:
    if isinstance(path, str) and not _PAGE_PATH.fullmatch(path):
        yield f"path is {path!r}; it is of small letters, digits, - and _, such as /shelves/{{shelf_id}}"


def _faults_of_target(target: Any) -> Iterator[str]:
    if not isinstance(target, str):
        return
    is_path = _OWN_PATH.fullmatch(target) and target.isprintable() and len(target) <= _MOST_PATH
    if not is_path and not _NAMED.fullmatch(target):
        yield f"target is {target!r}; it is page:NAME, panel:NAME, or a path on this site, such as /board"


def _faults_of_command(data: Mapping[str, Any]) -> Iterator[str]:
    if ("operation" in data) == ("target" in data):
        yield "it has an operation (and its input) or a target: one of the two"
    elif "target" in data:
        yield from _faults_of_target(data["target"])
    else:
        yield from _faults_of_call(data)


def _faults_of_theme(data: Mapping[str, Any]) -> Iterator[str]:
    for mode in ("light", "dark"):
        tokens = data.get(mode)
        if not isinstance(tokens, Mapping):
            yield f"{mode} is {tokens!r}; it maps design tokens, such as color-accent, to values"
            continue
        for name, value in tokens.items():
            if not isinstance(name, str) or not _TOKEN.fullmatch(name):
                yield f"{mode}: {name!r} names no design token; --color-accent is color-accent here"
            if not _VALUE.fullmatch(str(value)):
                yield f"{mode}.{name} is {value!r}; it is a value of CSS"
