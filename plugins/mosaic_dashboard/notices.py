"""``ui.follow``: what open pages are told beside the events of the log: notices, and new contributions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import attrs
import trio

from mosaic_hookspecs import Call, Context, Operation, OperationKind

from .catalogue import gather

PLUGIN_CHANGED = "plugin.changed"
UI_CHANGED = "ui.changed"
MISSED = "bus.missed"
_GAP = 0.1


@attrs.frozen(kw_only=True)
class FollowInterface:
    """Which notices to follow."""

    topics: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Topics of notices, such as agents.changed, or agents.* for several."}
    )


@attrs.frozen(kw_only=True)
class InterfaceNotice:
    """Something has happened. `topic` says what: ``ui.changed`` comes first, and whenever a plugin begins or
    ends to serve; `edition` then names what is contributed. Several of one topic are told once, if they come
    together.
    """

    topic: str
    edition: str = ""


def operations(context: Context) -> Sequence[Operation]:
    """Declare the stream."""

    async def follow(request: FollowInterface, call: Call) -> AsyncIterator[InterfaceNotice]:
        topics = {PLUGIN_CHANGED, *request.topics}
        async with context.bus.subscribe(*topics) as notices:
            yield InterfaceNotice(topic=UI_CHANGED, edition=gather(context).edition)
            iterator = aiter(notices)
            while True:
                pending = {(await anext(iterator)).topic}
                with trio.move_on_after(_GAP):
                    while True:
                        pending.add((await anext(iterator)).topic)
                if MISSED in pending:
                    pending |= {PLUGIN_CHANGED, *request.topics}
                if PLUGIN_CHANGED in pending:
                    yield InterfaceNotice(topic=UI_CHANGED, edition=gather(context).edition)
                for topic in sorted(pending - {MISSED}):
                    if any(_is_of(topic, one) for one in request.topics):
                        yield InterfaceNotice(topic=topic)

    return [
        Operation(
            name="ui.follow",
            kind=OperationKind.STREAM,
            input=FollowInterface,
            output=InterfaceNotice,
            handler=follow,
            permission="ui:read",
            summary="Follow notices that change what a user interface shows, and new contributions.",
            resume=_again,
        )
    ]


def _again(request: FollowInterface, item: InterfaceNotice) -> FollowInterface:
    return request


def _is_of(topic: str, asked: str) -> bool:
    return topic == asked or (asked.endswith("*") and topic.startswith(asked[:-1]))
