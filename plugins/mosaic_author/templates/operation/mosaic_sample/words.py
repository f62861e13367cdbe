"""Counting words. Knows nothing of Mosaic, so that it can be read and tested by itself."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"\w+(?:'\w+)*")


def count_words(text: str, *, shortest: int = 1) -> Counter[str]:
    """Count each word of a text, in lower case.

    Args:
        text: any text.
        shortest: words with fewer letters are left out.
    """
    return Counter(word for word in _WORD.findall(text.lower()) if len(word) >= shortest)
