"""Which values are secrets, by the names of their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "***"
_SECRET = re.compile(
    r"passw|secret|credential|api_?key|private_?key|access_?key|authorization|cookie|bearer|(^|_)(token|dsn)s?$",
    re.IGNORECASE,
)


def is_secret(key: str) -> bool:
    """Whether text under this key is a secret."""
    return _SECRET.search(key) is not None


def redact(key: str, value: Any) -> Any:
    """Return `value`, or `REDACTED` where a key names a secret and the value is text.

    Numbers stay: a fencing token is no secret.
    """
    if isinstance(value, Mapping):
        return {name: redact(str(name), part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [redact(key, part) for part in value]
    if isinstance(value, str | bytes) and value and is_secret(key):
        return REDACTED
    return value
