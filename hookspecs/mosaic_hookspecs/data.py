"""The JSON value type, and the one way to write it as canonical text.

Owns the byte-for-byte form that digests and the event log are made from. Refuses NaN and infinity,
which JSON does not have.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: Json) -> str:
    """Write `value` as JSON text with sorted keys and no white space."""
    return _encoder.encode(value)


def digest(data: bytes) -> str:
    """Name bytes by content: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
