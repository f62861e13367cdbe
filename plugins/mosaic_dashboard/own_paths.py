"""Paths on this site: where a form, an entry or a command may lead, and nowhere else."""

from __future__ import annotations

from urllib.parse import quote

_MOST = 2000
_KEPT = "/?&=#%+:;,@!$'()*~{}"


def own_path(text: str) -> str:
    """Return a path on this site, fit for a header and a link; "" for whatever could lead elsewhere."""
    # Browsers leave control characters out, and take a backslash for a slash.
    leads_elsewhere = not text.startswith("/") or text[1:2] in ("/", "\\")
    has_control = any(letter <= " " or letter == "\x7f" for letter in text)
    if leads_elsewhere or has_control or len(text) > _MOST:
        return ""
    return quote(text, safe=_KEPT, errors="replace")
