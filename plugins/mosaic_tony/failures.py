"""What a tool says that went wrong, as the error that it was."""

from __future__ import annotations

import json
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

_KINDS: Mapping[str, type[MosaicError]] = {
    kind.__name__: kind for kind in (Denied, InputError, IntegrityError, NotFound, Refused, Unavailable)
}
# For systems that do not tell the kind: what a program is likely to ask for.
_BY_CODE: Mapping[str, type[MosaicError]] = {
    **dict.fromkeys(("denied", "not-yours", "not-you", "not-your-role", "not-confirmed"), Denied),
    **dict.fromkeys(("no-agent", "no-message", "no-run", "no-task", "unknown-operation"), NotFound),
    **dict.fromkeys(
        (
            "attempt-ended",
            "does-not-follow",
            "not-a-workers",
            "other-log",
            "run-cancelled",
            "stale-token",
            "too-many-agents",
            "too-many-origins",
            "version-conflict",
            "wrong-state",
        ),
        Refused,
    ),
    **dict.fromkeys(
        ("bad-input", "bad-piece", "bad-name", "goal-too-vague", "goal-too-long", "missing-key",
         "nothing-to-plan", "plan-gate", "too-large", "unknown-key", "unknown-planner", "unknown-plugin",
        "unknown-target"), InputError,
    ),
    **dict.fromkeys(("failed", "port-empty", "storage-slow", "storage-stalled", "system-ended"), Unavailable),
}  # fmt: skip


def error_of(tool: str, text: str) -> MosaicError:
    """Return the error that a tool's answer tells."""
    try:
        about = json.loads(text)["error"]
        code = str(about["code"])
    except (ValueError, KeyError, TypeError):
        return MosaicError("tool-failed", f"the tool {tool} failed", got=text[:300])
    return _error(code, about)


def _error(code: str, about: Mapping[str, Any]) -> MosaicError:
    kind = _KINDS.get(str(about.get("kind")), _BY_CODE.get(code, MosaicError))
    found = kind(
        code,
        str(about.get("what", "")),
        where=str(about["where"]) if about.get("where") else None,
        expected=str(about.get("expected", "")),
        got=str(about.get("got", "")),
        hint=str(about.get("next", "")),
    )
    others = [one for one in about.get("others") or () if isinstance(one, Mapping)]
    if others:
        rest = (_error(str(one.get("code", "")), one) for one in others)
        found.others = (found, *rest)  # type: ignore[attr-defined]  # as an error that stands for several has it
    return found


def not_there(name: str, words: str) -> NotFound:
    """Return the error of a tool, resource or prompt that the server does not have, or does not show."""
    return NotFound(
        "not-there",
        f"the server does not answer to {name!r}",
        got=words[:300],
        hint="Connect with all tools (`tiers`), and see that the plugin that brings it is installed there.",
    )


def connection_ended(where: str, words: str, said: str = "") -> Unavailable:
    """Return the error of a connection that is no more; `said` is what the server's process wrote last."""
    return Unavailable(
        "connection-ended",
        f"the connection to Mosaic ({where}) has ended",
        got=" | ".join(part for part in (words, said) if part)[:1000],
        hint="The next call connects anew. What was asked last may have been done: look before you repeat it.",
    )
