"""Tokens of the expression language.

Owns how text is cut into literals, names and signs. Refuses what is none of them, with its offset.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from .values import Value


class ExpressionError(Exception):
    """An expression is wrong. `offset` is where in its text, in characters; `hint` what to do."""

    def __init__(self, message: str, offset: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@attrs.frozen(kw_only=True)
class Token:
    """One token. `kind` is ``literal``, ``name``, ``sign`` or ``end``; `value` is a literal's."""

    kind: str
    text: str
    offset: int
    value: Value = None


_NUMBER = re.compile(r"[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STRING = re.compile(r"'((?:[^']|'')*)'")
_SIGNS = re.compile(r"&&|\|\||==|!=|<=|>=|[!<>()\[\].,*]")
_WORDS: dict[str, Value] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}


def tokenize(text: str) -> Sequence[Token]:
    """Cut `text` into tokens; the last is of kind ``end``.

    Raises:
        ExpressionError: a character begins no token.
    """
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        if text[offset].isspace():
            offset += 1
            continue
        token = _token_at(text, offset, after_dot=bool(tokens) and tokens[-1].text == ".")
        tokens.append(token)
        offset += len(token.text)
    tokens.append(Token(kind="end", text="", offset=len(text)))
    return tokens


def _token_at(text: str, offset: int, *, after_dot: bool) -> Token:
    if match := _NUMBER.match(text, offset):
        return Token(kind="literal", text=match[0], offset=offset, value=parse_number(match[0]))
    if match := _NAME.match(text, offset):
        if match[0] in _WORDS and not after_dot:
            return Token(kind="literal", text=match[0], offset=offset, value=_WORDS[match[0]])
        return Token(kind="name", text=match[0], offset=offset)
    if match := _STRING.match(text, offset):
        return Token(kind="literal", text=match[0], offset=offset, value=match[1].replace("''", "'"))
    if match := _SIGNS.match(text, offset):
        return Token(kind="sign", text=match[0], offset=offset)
    if text[offset] == "'":
        raise ExpressionError("a string is not closed", offset, "End it with a single quote.")
    hint = "Strings stand in single quotes." if text[offset] == '"' else ""
    raise ExpressionError(f"unexpected character {text[offset]!r}", offset, hint)


def parse_number(text: str) -> float | int:
    """Read a number as the language writes it; raises ValueError for anything else."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if digits.startswith("0x"):
        return sign * int(digits, 16)
    if digits.startswith("0o"):
        return sign * int(digits, 8)
    return sign * (int(digits) if digits.isdecimal() and len(digits) <= _LONGEST else float(digits))


_LONGEST = 300
