"""What of other systems is mirrored here, as a pure function of this log. Stores nothing.

A piece counts if it follows on from the piece before it of the same system. Two processes may write the same
piece at once: both are in the log then, and whoever reads it finds that the first counts and the second not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs.events import Event

from .records import OriginView

SHARED = "tony.shared"


@attrs.frozen(kw_only=True)
class Standing:
    """Where the other systems stand, after the event `sequence` of this log with that hash."""

    sequence: int = 0
    hash: str = ""
    origins: Mapping[str, OriginView] = attrs.field(factory=dict)

    def of(self, origin: str) -> OriginView:
        """Return where a system stands; at the beginning if it is not known."""
        return self.origins.get(origin) or OriginView(origin=origin)

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        origins = [attrs.asdict(one) for _, one in sorted(self.origins.items())]
        return {"sequence": self.sequence, "hash": self.hash, "origins": origins}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Standing:
        """Return what `to_data` wrote."""
        origins = {one["origin"]: OriginView(**one) for one in data["origins"]}
        return cls(sequence=data["sequence"], hash=data["hash"], origins=origins)


def follows(before: OriginView, body: Mapping[str, Any]) -> bool:
    """Whether a piece counts where its system stands `before` it."""
    if has(before, body):
        return False
    return bool(body["replace"]) or (body["after"] == before.position and body["after_hash"] == before.hash)


def has(before: OriginView, body: Mapping[str, Any]) -> bool:
    """Whether the newest piece of its system is this one."""
    return bool(body["to"] == before.position and body["to_hash"] == before.hash)


def folded(standing: Standing, event: Event, body: Mapping[str, Any] | None) -> Standing:
    """Return where the systems stand after one more event of this log; `body` is what it says if it counts."""
    origins = standing.origins
    if body is not None:
        before = standing.of(body["origin"])
        known = 0 if body["replace"] else before.events
        after = OriginView(
            origin=body["origin"],
            position=body["to"],
            hash=body["to_hash"],
            at=event.at,
            events=known + len(body["events"]),
        )
        origins = {**origins, after.origin: after}
    return Standing(sequence=event.sequence, hash=event.hash, origins=origins)
