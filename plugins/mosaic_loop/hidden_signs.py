"""Signs in a change that people do not see, or see elsewhere than they are: shown, and counted."""

from __future__ import annotations

import unicodedata

_PLAIN = frozenset("\n\t")


def shown(text: str) -> tuple[str, int]:
    """Return `text` with each hidden sign as ⟨U+…⟩, and how many there were. A carriage return at the end of a
    line is none.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text, 0
    text = text.replace("\r\n", "\n")
    count = 0
    parts = []
    for sign in text:
        if sign not in _PLAIN and unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}:
            parts.append(f"⟨U+{ord(sign):04X}⟩")
            count += 1
        else:
            parts.append(sign)
    return "".join(parts), count
