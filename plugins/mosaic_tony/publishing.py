"""Takes pieces of other systems' logs, each once and in order, as one event of this log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.commands import RecordEvent
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.operations import Call

from .configuration import Config
from .folding import SHARED, Standing, follows, has
from .keeping import Keeper
from .records import (
    ListShared,
    NameOrigin,
    OriginView,
    Publish,
    Published,
    RunLine,
    SharedList,
    SharedRun,
)

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class Publisher:
    """Answers ``bridge.publish``, ``bridge.cursor`` and ``bridge.list``."""

    def __init__(self, config: Config, keeper: Keeper) -> None:
        self._config = config
        self._keeper = keeper

    async def publish(self, request: Publish, call: Call) -> Published:
        """Mirror a piece."""
        _require_name(request.origin)
        self._require_sound(request)
        body: dict[str, Any] = to_json_data(request)
        async with self._keeper.alone():
            standing = await self._keeper.read_on()
            before = standing.of(request.origin)
            if has(before, body):
                return _published(before, is_new=False)
            self._require_follows(standing, before, body)
            event = RecordEvent(kind=SHARED, body=body)
            [outcome] = await self._keeper.storage.apply([event], by=call.principal.name)
            if isinstance(outcome, MosaicError):
                raise outcome
            # Another process may have been faster: only the log says whose piece counts.
            after = (await self._keeper.read_on()).of(request.origin)
            if not has(after, body) and after.position <= request.to:
                raise _does_not_follow(after, body)
            return _published(after, is_new=has(after, body))

    async def cursor(self, request: NameOrigin, call: Call) -> OriginView:
        """Tell where a system stands."""
        _require_name(request.origin)
        async with self._keeper.alone():
            return (await self._keeper.read_on()).of(request.origin)

    async def listed(self, request: ListShared, call: Call) -> SharedList:
        """Tell what is mirrored."""
        if request.origin:
            _require_name(request.origin)
        start = f"{request.origin}/" if request.origin else ""
        after = max(request.after, start)
        runs: list[SharedRun] = []
        async with self._keeper.alone():
            standing = await self._keeper.read_on()
            while len(runs) < request.limit:
                page = await self._keeper.documents(after, request.limit)
                for document in page:
                    body: Any = document.body
                    is_wanted = not request.project or body["run"]["project"] == request.project
                    if document.key.startswith(start) and is_wanted and len(runs) < request.limit:
                        run = RunLine(**body["run"])
                        runs.append(SharedRun(key=document.key, origin=body["origin"], run=run))
                if not page or not page[-1].key.startswith(start):
                    break
                after = page[-1].key
        origins = [one for name, one in sorted(standing.origins.items()) if request.origin in ("", name)]
        more = runs[-1].key if len(runs) == request.limit else ""
        return SharedList(origins=origins, runs=runs, more=more)

    def _require_sound(self, request: Publish) -> None:
        numbers = [event.sequence for event in request.events]
        is_inside = not numbers or (request.after < numbers[0] and numbers[-1] <= request.to)
        if request.to <= request.after or not is_inside or numbers != sorted(set(numbers)):
            raise InputError(
                "bad-piece",
                "this is no piece of a log",
                where="events",
                expected="numbers that grow, above `after` and up to `to`",
                got=f"{request.after} to {request.to}, with {numbers[:3]}…" if numbers else f"to {request.to}",
                hint="Pass on what bridge.events answered, as it is.",
            )
        most = self._config.batch_events
        if max(len(request.events), len(request.runs)) > most:
            raise InputError(
                "too-large",
                "the piece is too large",
                where="events",
                expected=f"at most {most} events and runs",
                hint="Ask bridge.events for fewer with `limit`.",
            )

    def _require_follows(self, standing: Standing, before: OriginView, body: Mapping[str, Any]) -> None:
        if not follows(before, body):
            raise _does_not_follow(before, body)
        if not before.position and len(standing.origins) >= self._config.origins:
            raise Refused(
                "too-many-origins",
                "no more systems are mirrored here",
                expected=f"at most {self._config.origins}",
                hint="Raise plugins.tony.origins.",
            )


def _require_name(origin: str) -> None:
    if not _NAME.fullmatch(origin):
        raise InputError(
            "bad-name",
            "this is no name for a system",
            where="origin",
            expected="at most 64 letters, digits, and . _ - inside",
            got=repr(origin)[:80],
        )


def _published(origin: OriginView, *, is_new: bool) -> Published:
    return Published(origin=origin.origin, position=origin.position, hash=origin.hash, is_new=is_new)


def _does_not_follow(before: OriginView, body: Mapping[str, Any]) -> Refused:
    is_other = body["after"] == before.position
    return Refused(
        "does-not-follow",
        f"the piece does not follow on from what is mirrored of {before.origin!r}",
        where="after_hash" if is_other else "after",
        expected=before.hash if is_other else str(before.position),
        got=str(body["after_hash"]) if is_other else str(body["after"]),
        hint="Ask bridge.cursor where it stands, read on from there, and publish that.",
    )
