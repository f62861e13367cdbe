"""What the operations on dead letters and threads take and answer."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .records import NOTE, MessageView, Undelivered

_limit = [attrs.validators.ge(1), attrs.validators.le(1000)]


@attrs.frozen(kw_only=True)
class ListDead:
    """Which dead letters: with a `name`, those that it sent or was to get."""

    name: str = attrs.field(default="", metadata={"help": "Of this sender or recipient; all without."})
    after: str = attrs.field(default="", metadata={"help": "The `key` of the last one of the page before."})
    limit: int = attrs.field(default=100, validator=_limit, metadata={"help": "At most so many."})


@attrs.frozen(kw_only=True)
class DeadLetter:
    """A message that did not reach a recipient, and why. `key` names it for message.resend."""

    key: str
    recipient: str
    why: str
    text: str
    died_at: int
    message: MessageView


@attrs.frozen(kw_only=True)
class DeadLetters:
    """Dead letters, the oldest first."""

    items: Sequence[DeadLetter]
    note: str = NOTE


@attrs.frozen(kw_only=True)
class Resend:
    """Which dead letters to deliver after all."""

    keys: Sequence[str] = attrs.field(
        validator=attrs.validators.max_len(100), metadata={"help": "Their keys, as message.dead lists them."}
    )


@attrs.frozen(kw_only=True)
class Resent:
    """The boxes that were reached now, who was not, and keys of which there are none."""

    boxes: Sequence[str]
    dead: Sequence[Undelivered]
    unknown: Sequence[str]


@attrs.frozen(kw_only=True)
class ReadThread:
    """Which messages that were sent: of a run, and of it a task or a thread."""

    run_id: str = attrs.field(
        validator=attrs.validators.min_len(1), metadata={"help": "The run that they are about."}
    )
    task_id: str = attrs.field(default="", metadata={"help": "Only those about this task."})
    thread: str = attrs.field(default="", metadata={"help": "Only those of this conversation."})
    after: int = attrs.field(default=0, metadata={"help": "`next` of the page before."})
    limit: int = attrs.field(default=100, validator=_limit, metadata={"help": "At most so many."})


@attrs.frozen(kw_only=True)
class Thread:
    """Messages as they were sent, the oldest first; ask again with ``after`` set to `next`, if it is not 0."""

    items: Sequence[MessageView]
    next: int
    note: str = NOTE
