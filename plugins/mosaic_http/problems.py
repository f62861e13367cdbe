"""Errors as problems (RFC 9457): the fields of a `MosaicError`, and the status that fits its kind."""

from __future__ import annotations

import errno
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

from .answers import Answer, json_answer

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[MosaicError], int], ...] = (
    (InputError, 400),
    (NotFound, 404),
    (Refused, 409),
    (Denied, 403),
    (Unavailable, 503),
    (IntegrityError, 500),
)
_OWN_STATUS = {
    "operation-failed": 500,
    "unknown-operation": 404,
    "not-accepted": 415,
    "body-too-long": 413,
    "not-unchanged": 412,
    "no-such-method": 405,
    "key-used-otherwise": 422,
    "too-often": 429,
    "other-host": 421,
    "no-token": 401,
    "wrong-token": 401,
}
"""Codes whose status is another than that of their kind."""
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def problem_of(error: BaseException) -> dict[str, Any]:
    """Return the problem that an error is, as data."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        status = 507 if error.errno in _OF_THE_DISK else 400
        where = str(error.filename) if error.filename is not None else ""
        return _told(status, "os-error", reason, {"where": where})
    if not isinstance(error, MosaicError):
        return _told(500, "failed", "the request failed", {"hint": "The log of Mosaic has the place."})
    about: dict[str, Any] = _fields(error)
    others = getattr(error, "others", ())
    if len(others) > 1:
        about["others"] = [{"code": one.code, "what": one.what, **_fields(one)} for one in others]
    return _told(status_of(error), error.code, error.what, about)


def status_of(error: MosaicError) -> int:
    """Return the status of an error."""
    if error.code in _OWN_STATUS:
        return _OWN_STATUS[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(error: BaseException, *headers: tuple[str, str]) -> Answer:
    """Return an error as an answer."""
    return told(problem_of(error)).with_headers(*headers)


def told(about: Mapping[str, Any]) -> Answer:
    """Return a problem as an answer."""
    return json_answer(about, status=about["status"], media_type=MEDIA_TYPE)


def _fields(error: MosaicError) -> dict[str, Any]:
    found = {
        "where": str(error.where) if error.where else "",
        "expected": error.expected,
        "got": error.got,
        "hint": error.hint,
    }
    return {name: value for name, value in found.items() if value}


def _told(status: int, code: str, what: str, about: dict[str, Any]) -> dict[str, Any]:
    told = [f"{name}: {about[name]}" for name in ("where", "expected", "got", "hint") if about.get(name)]
    more = {"detail": "; ".join(told)} if told else {}
    head = {"type": f"urn:mosaic:problem:{code}", "title": what, "status": status, **more}
    return {**head, "code": code, "what": what, **about}
