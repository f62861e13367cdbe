"""What can be set about the inbox."""

from __future__ import annotations

from typing import Any

import attrs

_positive: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.inbox``."""

    wait_seconds: float = attrs.field(
        default=3600.0,
        validator=attrs.validators.ge(0),
        metadata={"help": "The longest that one inbox.ask waits for an answer."},
    )
    questions: int = attrs.field(
        default=200, validator=_positive, metadata={"help": "The most questions that are open at once."}
    )
    question_seconds: float = attrs.field(
        default=7 * 86400.0,
        validator=_positive,
        metadata={"help": "How long a question and its answer are kept."},
    )
    text_bytes: int = attrs.field(
        default=16 * 1024,
        validator=_positive,
        metadata={"help": "The longest text of a question or an answer."},
    )
    give_back_seconds: float = attrs.field(
        default=10.0,
        validator=_positive,
        metadata={
            "help": "How long before its time is over a task that nobody took is given back, to come again."
        },
    )
    storage_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long the storage may take for one request."}
    )
