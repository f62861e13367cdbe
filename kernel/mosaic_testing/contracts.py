"""Compares a provider with the protocol of its port: its methods, their parameters, and what is asynchronous.

Owns the comparison and its words. Refuses to call anything: what a method does is for the kits to find out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mosaic_hookspecs.versions import fits

__all__ = ["contract_of", "kind_of", "provider_behind", "require_contract_of"]

_NOTHING = "nothing"
_SINCE = re.compile(r"Since\s+contract\s+(\d+\.\d+)")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def contract_of(provider: Any, protocol: type, *, contract: str = "") -> Sequence[str]:
    """Return where a provider departs from `protocol`, a line each; nothing where it keeps it.

    A method may take more than the protocol says, as long as what is more has a default. What is declared
    as ``*args`` or ``**kwargs`` takes everything. A handle is looked through. With a `contract` (its version
    in the plugin's manifest), what came later ("Since contract 1.1" in its docstring) may be missing.

    Example:
        ``Storage.wait: expected wait(after), found wait(position)``
    """
    real = provider_behind(provider)
    findings = []
    for name, promised in sorted(_members(protocol).items()):
        expected, found = _compare(real, name, promised)
        if found and not (found == _NOTHING and _is_newer(promised, contract)):
            findings.append(f"{protocol.__name__}.{name}: expected {expected}, found {found}")
    return findings


def require_contract_of(provider: Any, protocol: type, *, contract: str = "") -> None:
    """Fail unless the provider has every member of `protocol`, as it is declared there.

    Raises:
        AssertionError: it has not; every difference is a line.
    """
    __tracebackhide__ = True
    findings = contract_of(provider, protocol, contract=contract)
    if findings:
        kind = type(provider_behind(provider)).__qualname__
        text = "\n  ".join(findings)
        raise AssertionError(f"{kind} does not keep the contract of {protocol.__name__}:\n  {text}")


def kind_of(provider: Any, protocols: Sequence[type]) -> type:
    """Return the protocol that a provider is most likely meant to keep: most of its members are there."""
    real = provider_behind(provider)

    def share(protocol: type) -> float:
        names = _members(protocol)
        return sum(_has(real, name) for name in names) / len(names)

    return max(protocols, key=share)


def provider_behind(provider: Any) -> Any:
    """Return the provider itself, where a kernel gave a handle on it."""
    seat = getattr(provider, "__dict__", {}).get("_mosaic_seat")
    return provider if seat is None else seat.provider


def _members(protocol: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in protocol.__mro__:
        if getattr(base, "_is_protocol", False):
            for name, value in vars(base).items():
                if not name.startswith("_") and (callable(value) or isinstance(value, property)):
                    found.setdefault(name, value)
    return found


def _is_newer(promised: Any, contract: str) -> bool:
    since = _SINCE.search(promised.__doc__ or "")
    return bool(contract and since) and not fits(since[1] if since else "", contract)


def _has(provider: Any, name: str) -> bool:
    try:
        inspect.getattr_static(provider, name)
    except AttributeError:
        return hasattr(provider, name)
    return True


def _compare(provider: Any, name: str, promised: Any) -> tuple[str, str]:
    """Return what is expected and what was found instead; "" where it fits."""
    if isinstance(promised, property):
        return f"an attribute {name}", _misfit_attribute(provider, name)
    signature = _without_first(inspect.signature(promised))
    is_async = inspect.iscoroutinefunction(promised)
    expected = f"{name}{_shown(signature)}"
    method = getattr(provider, name, None)
    if method is None:
        return f"{'async ' * is_async}{expected}", _NOTHING
    if not callable(method):
        return f"{'async ' * is_async}{expected}", f"no method, but {_article(type(method).__name__)}"
    has_kind = _kind_misfit(method, is_async=is_async)
    try:
        own = inspect.signature(method)
    except (TypeError, ValueError):  # written in C, or too clever: what it takes cannot be known
        own = signature
    fits = not any(_misfits(signature, own))
    if fits and not has_kind:
        return expected, ""
    return f"{'async ' * (is_async and bool(has_kind))}{expected}", f"{name}{_shown(own)}{has_kind}"


def _misfit_attribute(provider: Any, name: str) -> str:
    if not _has(provider, name):
        return _NOTHING
    try:
        value = getattr(provider, name)
    except Exception as error:  # noqa: BLE001 - whatever the plugin's property raises is the finding
        return f"{type(error).__name__}: {error}"
    if inspect.isroutine(value):
        return f"a method {name}{_shown(inspect.signature(value))}, which has to be a property"
    return ""


def _kind_misfit(method: Callable[..., Any], *, is_async: bool) -> str:
    if is_async:
        return "" if _is_awaited(method) else ", which is not async"
    if inspect.iscoroutinefunction(method):
        return ", which is async"
    if inspect.isasyncgenfunction(method):
        return ", which is an async generator (of a context: decorate it with asynccontextmanager)"
    return ""


def _is_awaited(method: Any) -> bool:
    candidates = (method, inspect.unwrap(method), vars(type(method)).get("__call__"))
    if any(inspect.iscoroutinefunction(candidate) for candidate in candidates):
        return True
    answer = str(getattr(method, "__annotations__", {}).get("return", ""))
    return "Awaitable" in answer or "Coroutine" in answer


def _without_first(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _misfits(promised: inspect.Signature, own: inspect.Signature) -> Iterator[str]:
    """Yield the names of parameters because of which a call that the contract allows would go wrong."""
    mine = list(own.parameters.values())
    positional = [one for one in mine if one.kind in _POSITIONAL]
    takes_any = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in mine)
    takes_any_name = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in mine)
    for place, parameter in enumerate(promised.parameters.values()):
        same = own.parameters.get(parameter.name)
        by_keyword = takes_any_name if same is None else same.kind in _BY_KEYWORD
        by_place = positional[place] is same if place < len(positional) else takes_any
        if (
            (parameter.kind in _POSITIONAL and not by_place)
            or not by_keyword
            or (same is not None and not _has_same_default(parameter, same))
        ):
            yield parameter.name
    for one in mine:
        is_variable = one.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        if one.name not in promised.parameters and not is_variable and one.default is one.empty:
            yield one.name


def _has_same_default(promised: inspect.Parameter, own: inspect.Parameter) -> bool:
    if promised.default is promised.empty:
        return True
    return own.default is not own.empty and bool(own.default == promised.default)


def _shown(signature: inspect.Signature) -> str:
    plain = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return str(signature.replace(parameters=plain, return_annotation=signature.empty))


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
