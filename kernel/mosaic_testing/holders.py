"""Says in words what keeps an object alive."""

from __future__ import annotations

import gc
from types import CellType, FrameType, FunctionType, MethodType
from typing import Any

__all__ = ["holders_of"]

_MOST = 3


def holders_of(thing: Any) -> str:
    """Return up to three of those that refer to an object, as far as the garbage collector knows them."""
    words: list[str] = []
    for holder in gc.get_referrers(thing):
        if isinstance(holder, FrameType) and holder.f_globals.get("__name__", "").startswith(
            __package__ or "-"
        ):
            continue
        words.append(_say(holder))
    return ", ".join(dict.fromkeys(words[:_MOST])) or "something that the garbage collector does not see"


def _say(holder: Any) -> str:
    if isinstance(holder, FrameType):
        return f"a variable of {holder.f_code.co_name}() in {holder.f_code.co_filename}:{holder.f_lineno}"
    if isinstance(holder, MethodType):
        return f"its method {holder.__func__.__qualname__}{_above(holder)}"
    if isinstance(holder, CellType):
        return f"a function inside of a function{_above(holder)}"
    if isinstance(holder, dict):
        if "__name__" in holder and "__spec__" in holder:
            return f"the module {holder['__name__']}"
        return f"a dictionary{_above(holder)}"
    return f"{_article(holder)}{_above(holder)}"


def _above(holder: Any) -> str:
    for above in gc.get_referrers(holder):
        if getattr(above, "__dict__", None) is holder:
            return f" of {_article(above)}"
        if isinstance(above, FunctionType):
            return f" {above.__qualname__}"
        if isinstance(above, dict) and "__name__" in above and "__spec__" in above:
            return f" in the module {above['__name__']}"
        if not isinstance(above, FrameType | list | dict | tuple):
            return f" of {_article(above)}"
    return ""


def _article(thing: Any) -> str:
    name = type(thing).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
