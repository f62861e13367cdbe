"""What is to be said on the next page that a browser opens: what became of its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .reading import Problem

_MOST = 200


@attrs.frozen(kw_only=True)
class Saying:
    """What became of a form: `text` for a success, else `problem`; and what it had asked for."""

    text: str = ""
    problem: Problem | None = None
    operation: str = ""
    input: Mapping[str, Any] = attrs.field(factory=dict)


class Sayings:
    """The sayings that wait, by the browser's session; each is said once."""

    def __init__(self) -> None:
        self._waiting: dict[str, Saying] = {}

    def keep(self, session: str, saying: Saying) -> None:
        """Keep what is to be said."""
        self._waiting.pop(session, None)
        self._waiting[session] = saying
        while len(self._waiting) > _MOST:
            del self._waiting[next(iter(self._waiting))]

    def take(self, session: str) -> Saying | None:
        """Return what is to be said, once."""
        return self._waiting.pop(session, None)
