"""Errors that nobody meant to raise, on their way from one process to the other.

Owns that such an error arrives as what it was: no `MosaicError`, which would be taken for a decision, but an
exception of the same name and words, with the place in the code that raised it. So whatever contains the
faults of a plugin of this process contains those of the other side, too.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.wire import INTERNAL_ERROR, error_to_data

from ..failures import cause_of, place_of

_MOST_NAMES = 256


class RemoteFailure(Exception):
    """Something unexpected was raised on the other side; each kind of error there is a subclass here.
    `mosaic_place` is where, as far as that is known.
    """

    def __init__(self, words: str, place: str = "") -> None:
        super().__init__(words)
        self.mosaic_place = place


def tell_error(error: BaseException) -> dict[str, Any]:
    """Return an error as JSON-RPC's error object. One that is neither Mosaic's nor the system's has its
    ``kind``, what it says (``what``) and its ``place`` in ``data``.
    """
    if isinstance(error, MosaicError | OSError):
        return error_to_data(error)
    cause = cause_of(error)
    kind, words = type(cause).__name__, str(cause)
    data = {"kind": kind, "what": words, "place": place_of(cause).removeprefix(" at ")}
    return {"code": INTERNAL_ERROR, "message": f"{kind}: {words}", "data": data}


def unexpected_error(told: Mapping[str, Any]) -> Exception:
    """Return the error of an error object that tells neither an error of Mosaic's nor a number of the
    system's.
    """
    data = told.get("data")
    about = data if isinstance(data, dict) else {}
    kind = str(about.get("kind") or "")
    words = str(about["what"] if "what" in about else told.get("message") or "the other side did not say why")
    if kind == "OSError" and "number" in about:
        return OSError(words)  # the system's, raised without a number
    return _kind(kind if kind.isidentifier() else RemoteFailure.__name__)(words, str(about.get("place") or ""))


@functools.lru_cache(maxsize=_MOST_NAMES)
def _kind(name: str) -> type[RemoteFailure]:
    return RemoteFailure if name == RemoteFailure.__name__ else type(name, (RemoteFailure,), {})
