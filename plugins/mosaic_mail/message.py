"""A message as it is stored, and its identifier."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Message:
    """What somebody sent. `to` is the address as it was written; `thread` the first message of the
    conversation.
    """

    id: str
    at: int
    sender: str
    to: str
    text: str
    subject: str = ""
    in_reply_to: str = ""
    thread: str = ""
    run_id: str = ""
    task_id: str = ""

    @property
    def size(self) -> int:
        """How many bytes it takes of a box."""
        return len(self.text.encode()) + len(self.subject.encode())

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data; fields that are empty are left out."""
        return {name: value for name, value in attrs.asdict(self).items() if value != ""}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Message:
        """Build it from what `to_data` returned; other keys are passed over."""
        known = {field.name for field in attrs.fields(cls)}
        return cls(**{"text": "", **{name: value for name, value in data.items() if name in known}})


def make_id(now: int, number: int) -> str:
    """Return an identifier; those that one process makes later sort behind those made before."""
    return f"{now:011x}{number % 0x10000:04x}-{secrets.token_hex(3)}"
