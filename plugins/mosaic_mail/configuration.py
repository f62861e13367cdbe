"""What can be set about mail: every bound it has."""

from __future__ import annotations

from typing import Any

import attrs

_positive: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.mail``."""

    text_bytes: int = attrs.field(
        default=16 * 1024, validator=_positive, metadata={"help": "The longest text that one message may have."}
    )
    box_messages: int = attrs.field(
        default=100,
        validator=_positive,
        metadata={"help": "The most messages that a box holds; what comes then is a dead letter."},
    )
    box_bytes: int = attrs.field(
        default=256 * 1024, validator=_positive, metadata={"help": "The most bytes of messages in a box."}
    )
    boxes: int = attrs.field(
        default=1000,
        validator=_positive,
        metadata={"help": "The most boxes, and the most topics, that there are."},
    )
    box_seconds: float = attrs.field(
        default=7 * 86400.0,
        validator=_positive,
        metadata={"help": "How long a box that nobody reads is kept; what is in it then becomes dead letters."},
    )
    redeliver_seconds: float = attrs.field(
        default=120.0,
        validator=_positive,
        metadata={"help": "When a message that was delivered and not acknowledged is delivered again."},
    )
    wait_seconds: float = attrs.field(
        default=300.0,
        validator=attrs.validators.ge(0),
        metadata={"help": "The longest that one message.read waits."},
    )
    dead_letters: int = attrs.field(
        default=1000, validator=_positive, metadata={"help": "The most dead letters that are kept, the newest."}
    )
    storage_seconds: float = attrs.field(
        default=30.0,
        validator=_positive,
        metadata={"help": "How long sending or reading may take, beside waiting, before it fails."},
    )
