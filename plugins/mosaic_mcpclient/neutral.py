"""Text from outside made harmless to look at: nothing in it is hidden, and nothing in it steers a terminal.

Owns which characters are hidden. Refuses to judge what the words say: no filter can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Controls but tab and line feed; direction marks and overrides; what has no width; fillers; separators that
# look like spaces; variation selectors but a single one behind a sign; tags; surrogates; the private planes.
_HIDDEN = re.compile(
    "(?:[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
    "|(?<=[\ufe0e\ufe0f])[\ufe0e\ufe0f])+"
)


def neutral(text: str) -> str:
    """Return `text` with every hidden character replaced by a sign that says what it was."""
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n"))


def count_hidden(text: str) -> int:
    """Return how many hidden characters there are."""
    return sum(len(found.group()) for found in _HIDDEN.finditer(text.replace("\r\n", "\n")))


def neutral_data(value: Any) -> Any:
    """Return JSON data with all its texts made neutral, keys too."""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, Mapping):
        return {neutral(str(key)): neutral_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [neutral_data(item) for item in value]
    return value


def one_line(text: str, length: int) -> str:
    """Return the beginning of a text, neutral and on one line, for an error or a log."""
    flat = " ".join(neutral(text[: 4 * length]).split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def _shown(found: re.Match[str]) -> str:
    hidden = found.group()
    return f"⟨U+{ord(hidden):04X}⟩" if len(hidden) == 1 else f"⟨{len(hidden)} hidden characters⟩"
