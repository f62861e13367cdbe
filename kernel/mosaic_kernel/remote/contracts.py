"""What the members of an object are, read off the contracts: how a member that is elsewhere is called.

Owns the kinds: ``async`` (awaited), ``stream`` (an asynchronous iterator), ``context`` (an asynchronous
context), ``tell`` (returns nothing, so nobody waits), ``sync`` (answers at once), ``value`` (no method).
A member that no contract knows is described by the object itself (`kind_of`).
"""

from __future__ import annotations

import functools
import importlib
import inspect
import types
import typing
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

_MODULES = ("agents", "context", "planning", "ports", "storage", "user_interface", "workspace")
_OWN = frozenset({"Clock", "Context", "Log", "Port"})  # these have methods of the protocol to themselves
_ANNOTATED = {"None": "tell", "AsyncIterator": "stream", "AsyncGenerator": "stream"}


def kind_of(value: Any) -> str:
    """Return the kind of a member, given what it is."""
    if not callable(value):
        return "value"
    if inspect.iscoroutinefunction(value):
        return "async"
    if inspect.isasyncgenfunction(value):
        return "stream"
    if inspect.isasyncgenfunction(getattr(value, "__wrapped__", None)):
        return "context"  # contextlib.asynccontextmanager
    annotation = getattr(value, "__annotations__", {}).get("return", "")
    if annotation is None:
        return "tell"
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    head = text.partition("[")[0]
    return "context" if head.endswith("AsyncContextManager") else _ANNOTATED.get(head, "sync")


@functools.cache
def contract_kinds() -> Mapping[str, str]:
    """Return the kind of every member on whose kind the contracts agree, by name."""
    found: dict[str, set[str]] = {}
    for _, name, member in _members():
        found.setdefault(name, set()).add("value" if isinstance(member, property) else _declared(member))
    return {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}


@functools.cache
def quiet_parameters() -> frozenset[tuple[str, int | str]]:
    """Return the parameters, as (method, position or name), that take a function which returns nothing."""
    found: set[tuple[str, int | str]] = set()
    for _, name, member in _members():
        if isinstance(member, types.FunctionType):
            hints = _hints(member)
            for place, parameter in enumerate(list(inspect.signature(member).parameters)[1:]):
                if _is_quiet(hints.get(parameter)):
                    found |= {(name, place), (name, parameter)}
    return frozenset(found)


def _members() -> Iterator[tuple[type, str, Any]]:
    for module in _MODULES:
        contents = vars(importlib.import_module(f"mosaic_hookspecs.{module}"))
        for protocol in contents.values():
            is_contract = isinstance(protocol, type) and getattr(protocol, "_is_protocol", False)
            if is_contract and protocol.__name__ not in _OWN:
                for name, member in vars(protocol).items():
                    if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                        yield protocol, name, member


def _declared(function: Callable[..., Any]) -> str:
    if inspect.iscoroutinefunction(function):
        return "async"
    returned = _hints(function).get("return")
    origin = typing.get_origin(returned) or returned
    if origin is type(None):
        return "tell"
    if isinstance(origin, type) and issubclass(origin, AbstractAsyncContextManager):
        return "context"
    return "stream" if isinstance(origin, type) and issubclass(origin, AsyncIterator) else "sync"


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError):
        # An alias that names what stands below it cannot be resolved; no such method takes a function.
        return {}


def _is_quiet(kind: Any) -> bool:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return any(map(_is_quiet, typing.get_args(kind)))
    arguments = typing.get_args(kind)
    return bool(arguments) and isinstance(arguments[0], list) and arguments[-1] in (None, type(None))
