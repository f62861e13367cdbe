"""What templates may call: numbers, times and texts, made fit for people, and always inert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .ansi import ansi
from .documents import markdown
from .letters import spelt, visible
from .numbers import money, percent, tokens
from .pieces import code_spans, spread
from .times import ago, clock, duration, roughly
from .words import short, state_word, words

FILTERS: Mapping[str, Callable[..., Any]] = {
    "ago": ago,
    "ansi": ansi,
    "clock": clock,
    "code_spans": code_spans,
    "duration": duration,
    "markdown": markdown,
    "money": money,
    "percent": percent,
    "roughly": roughly,
    "short": short,
    "spelt": spelt,
    "spread": spread,
    "state_word": state_word,
    "tokens": tokens,
    "visible": visible,
    "words": words,
}
