"""Finds places in JSON text: where a pointer leads, and the first token that strict JSON refuses.

Runs only when there is an error to locate, so that reading a good document costs nothing more.
"""

from __future__ import annotations

import json
import math
import re

from .limits import MAX_DEPTH

Pointer = tuple[str | int, ...]
"""The keys and indexes that lead from the whole document to a value."""

_BLANK = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_MAX_DIGITS = 4300


def pointer_text(pointer: Pointer) -> str:
    """Write a pointer as people read it, such as ``nodes[3].title``."""
    text = ""
    for step in pointer:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Turn an offset into a 1-based line and column."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def offset_of(text: str, pointer: Pointer) -> int:
    """Return where the value begins that `pointer` leads to, or the deepest part of it that is there.

    `text` must be JSON that was decoded without an error.
    """
    decoder = json.JSONDecoder()
    position = _skip(text, 0)
    for step in pointer:
        found = _enter(text, position, step, decoder)
        if found is None:
            break
        position = found
    return position


def first_refused(text: str) -> tuple[int, str]:
    """Return the offset of the first thing that strict JSON for plans refuses, and what it is.

    Looks for a key given twice, a number that is not finite or too long, half of a surrogate pair,
    and nesting below `MAX_DEPTH`.
    """
    keys: list[set[str]] = []
    tokens = list(_TOKEN.finditer(text))
    for match, after in zip(tokens, [*(token[0] for token in tokens[1:]), ""], strict=True):
        word = match[0]
        if word in "{[":
            keys.append(set())
            if len(keys) > MAX_DEPTH:
                return match.start(), f"nesting deeper than {MAX_DEPTH}"
        elif word in "}]":
            keys[-1:] = []
        elif word.startswith('"'):
            problem = _string_problem(word, keys[-1] if keys and after == ":" else None)
            if problem:
                return match.start(), problem
        elif word not in ",:" and _is_bad_number(word):
            return match.start(), f"the number {word[:40]}"
    return 0, "a value that JSON cannot say"


def _string_problem(token: str, keys: set[str] | None) -> str:
    try:
        value: str = json.loads(token)
        value.encode()
    except UnicodeEncodeError:
        return "half of a surrogate pair"
    except ValueError:
        return "a malformed string"
    if keys is not None:
        if value in keys:
            return f"the key {value[:80]!r} a second time"
        keys.add(value)
    return ""


def _is_bad_number(token: str) -> bool:
    if token in {"true", "false", "null"}:
        return False
    try:
        return len(token) > _MAX_DIGITS or not math.isfinite(float(token))
    except ValueError:
        return True


def _skip(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _enter(text: str, position: int, step: str | int, decoder: json.JSONDecoder) -> int | None:
    opening = text[position : position + 1]
    if opening not in ({"{"} if isinstance(step, str) else {"["}):
        return None
    position = _skip(text, position + 1)
    index = 0
    while text[position : position + 1] not in {"}", "]", ""}:
        key: str | int = index
        if opening == "{":
            key, end = decoder.raw_decode(text, position)
            position = _skip(text, _skip(text, end) + 1)
        if key == step:
            return position
        position = _skip(text, decoder.raw_decode(text, position)[1])
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        index += 1
    return None


def describe(value: object) -> str:
    """Name a JSON value for an error message: its kind, and the value itself where it is short."""
    kinds = ((bool, "a boolean"), (str, "text"), (dict, "an object"), (list, "a list"))
    kind = next((name for cls, name in kinds if isinstance(value, cls)), "a number")
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return kind
    return f"{kind} {json.dumps(value, ensure_ascii=False)[:60]}"
