"""Letters that nobody sees: shown where somebody decides by what they read, so that nothing misleads.

Controls, and what turns the direction of writing, can have code or a question look unlike what it is.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def spelt(text: Any) -> str:
    """Return a text in which such letters stand with their number: to be made HTML of by somebody else."""
    return _UNSEEN.sub(lambda match: f"⟨{_number(match)}⟩", str(text or ""))


def visible(text: Any) -> Markup:
    """Return a text as HTML in which letters that cannot be seen stand with their number."""
    return Markup(_UNSEEN.sub(_told, str(escape(str(text or "")))))  # noqa: S704 - escaped before


def _told(match: re.Match[str]) -> str:
    return f'<bdi class="unseen" title="a letter that is not seen">{_number(match)}</bdi>'


def _number(match: re.Match[str]) -> str:
    return f"U+{ord(match.group()):04X}"
