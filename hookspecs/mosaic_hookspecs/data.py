"""The JSON value type, and the one way to write it as canonical text.

Owns the byte-for-byte form that digests and the event log are made from. Refuses NaN and infinity,
which JSON does not have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
else:
    Json = Any  # a recursive alias cannot be resolved at run time where records that use it are decoded
JsonObject: TypeAlias = Mapping[str, Json]

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_make: Any = getattr(json.encoder, "c_make_encoder", None)
# `encode` makes a new C encoder at every call, which costs as much as the encoding; keep one instead.
_parts = (
    _make(None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    if _make is not None
    else lambda value, _level: _encoder.iterencode(value)
)


def canonical_json(value: Json) -> str:
    """Write `value` as JSON text with sorted keys and no white space."""
    return "".join(_parts(value, 0))


def digest(data: bytes) -> str:
    """Name bytes by content: ``sha256:`` and 64 hexadecimal digits."""
    import hashlib  # here, since it loads OpenSSL, and most commands store no bytes

    return "sha256:" + hashlib.sha256(data).hexdigest()
