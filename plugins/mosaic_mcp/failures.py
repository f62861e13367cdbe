"""Errors as a model needs them: what went wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import (
    Denied,
    InputError,
    IntegrityError,
    MosaicError,
    NotFound,
    Refused,
    Unavailable,
)

_NEXT: Mapping[type[MosaicError], str] = {
    InputError: "Correct the arguments as the tool's input schema says, and call it again.",
    NotFound: "Look up what there is with run_list or task_list, and call again with a name from there.",
    Refused: "Do not repeat the call as it is: look at the state with run_show or task_why first.",
    Unavailable: "Do something else; if it must be this, ask the person to run `mosaic doctor`.",
    Denied: "Do not try again; ask the person who started you for the permission.",
    IntegrityError: "Stop, and ask the person to run `mosaic log verify`.",
}
_ANYTHING = "Ask the person to look at the log of Mosaic; calling again will hardly help."


def describe(error: BaseException) -> dict[str, Any]:
    """Return the fields of an error, with what to do `next`; those that are empty are left out."""
    if not isinstance(error, MosaicError):
        fault = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        what = f"{fault}: {error.filename}" if isinstance(error, OSError) and error.filename else fault
        return {"code": "failed", "what": what or type(error).__name__, "next": _ANYTHING}
    kind = next((one.__name__ for one in type(error).__mro__ if one in _NEXT), "MosaicError")
    fields = {
        "kind": kind,
        "code": error.code,
        "what": error.what,
        "where": str(error.where) if error.where else "",
        "expected": error.expected,
        "got": error.got,
    }
    about: dict[str, Any] = {name: value for name, value in fields.items() if value}
    others = getattr(error, "others", ())
    if len(others) > 1:
        about["others"] = [
            {name: value for name, value in describe(other).items() if name != "next"} for other in others[1:]
        ]
    usual = next((text for kind, text in _NEXT.items() if isinstance(error, kind)), _ANYTHING)
    about["next"] = error.hint or usual
    return about
