"""What a preset says of an agent's command line: records, decoded from YAML.

Texts hold placeholders in braces, such as ``{prompt}``; see `mosaic_headless.templates`. Paths are those of
`mosaic_headless.paths`: ``message.content``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError

OVERLOADS = (
    r"\b(429|502|503|504|529)\b",
    r"overloaded|too many requests|rate.?limit|quota|usage limit|at capacity|temporarily unavailable",
    r"ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|connection (refused|reset|error)|connect error",
    r"error sending request|fetch failed|network error|stream disconnected|unable to connect",
)


def _one_of(*allowed: str) -> Callable[[Any, attrs.Attribute[str], str], None]:
    def check(_: Any, attribute: attrs.Attribute[str], value: str) -> None:
        if value not in allowed:
            expected = " or ".join(allowed)
            raise InputError(
                "bad-value", "the value does not fit", where=attribute.name, expected=expected, got=value
            )

    return check


def _is_pattern(_: Any, attribute: attrs.Attribute[Any], value: str | Sequence[str]) -> None:
    for pattern in (value,) if isinstance(value, str) else value:
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(
                "bad-pattern",
                "this is no regular expression",
                where=attribute.name,
                got=f"{pattern!r}: {error}",
            ) from None


@attrs.frozen(kw_only=True)
class Amount:
    """Where a line tells what was spent. The figures of several paths are added up.

    `counts` is ``each`` (what this line's own work cost) or ``total`` (all of the attempt so far). Lines with
    the same value at `key` tell of the same work.
    """

    input: Sequence[str] = ()
    output: Sequence[str] = ()
    cached: Sequence[str] = ()
    money: Sequence[str] = ()
    model: str = ""
    counts: str = attrs.field(default="each", validator=_one_of("each", "total"))
    key: str = ""


@attrs.frozen(kw_only=True)
class Rule:
    """What lines of one kind mean. It holds for a line with all values of `when`; with `each`, for every
    element of that list or mapping that has all values of `where`.

    `says` is text for people (a `piece` of it goes on with the next), `tool` a tool's name with its
    `arguments`, `answer` what a tool gave back. Every new value at `turn` is another turn. `done`: the agent
    says that it has finished, with `result` as its last word. `error`: it failed, in these words; `outcome`
    says whether the endpoint is to blame (``released``).
    """

    when: Mapping[str, Any] = attrs.field(factory=dict)
    each: str = ""
    where: Mapping[str, Any] = attrs.field(factory=dict)
    says: str = ""
    piece: bool = False
    tool: str = ""
    arguments: str = ""
    answer: str = ""
    turn: str = ""
    usage: Amount | None = None
    done: bool = False
    result: str = ""
    error: str = ""
    outcome: str = attrs.field(default="", validator=_one_of("", "failed", "released"))


@attrs.frozen(kw_only=True)
class Pattern:
    """What a line of plain text means: a regular expression whose groups are named ``tool``, ``error``,
    ``result``, ``input``, ``output``, ``cached`` or ``money``. ``2.1k`` is 2,100.
    """

    match: str = attrs.field(validator=_is_pattern)
    counts: str = attrs.field(default="each", validator=_one_of("each", "total"))


@attrs.frozen(kw_only=True)
class Stream:
    """How its output is read: ``jsonl`` by `rules`, ``text`` by `patterns`."""

    format: str = attrs.field(default="jsonl", validator=_one_of("jsonl", "text"))
    rules: Sequence[Rule] = ()
    patterns: Sequence[Pattern] = ()


@attrs.frozen(kw_only=True)
class HandOver:
    """What tells the agent of an MCP server: further arguments, variables, and files in its home."""

    argv: Sequence[Any] = ()
    environment: Mapping[str, Any] = attrs.field(factory=dict)
    files: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Mcp:
    """How Mosaic's MCP server is handed over: over ``http``, else as a command (``stdio``)."""

    http: HandOver | None = None
    stdio: HandOver | None = None


@attrs.frozen(kw_only=True)
class Ending:
    """What an exit code means where the agent said nothing."""

    says: str
    outcome: str = attrs.field(default="failed", validator=_one_of("failed", "released"))


@attrs.frozen(kw_only=True)
class Preset:
    """An agent's command line.

    `argv` holds the program and its arguments; ``{options}`` alone stands for what the configuration adds. A
    part that is a mapping is written as JSON. `prompt` says whether the prompt is in `argv` (``argument``) or
    on the standard input (``stdin``). `model`, `turns` and `money` are the arguments that tell it which model,
    and how much it may do; they are left out where nothing is asked. `inherit` names variables of Mosaic's own
    environment that it may have, `files` what stands in its home. `obeys` names what it would obey of a
    repository besides its prompt, and cannot be told to leave alone: servers, hooks, endpoints, code. `login`
    says how it gets its credentials, `version` is the argv that prints its version. `overloads` are patterns of
    errors that are the endpoint's.
    """

    title: str
    argv: Sequence[Any] = attrs.field(validator=attrs.validators.min_len(1))
    prompt: str = attrs.field(default="argument", validator=_one_of("argument", "stdin"))
    model: Sequence[str] = ()
    turns: Sequence[str] = ()
    money: Sequence[str] = ()
    environment: Mapping[str, Any] = attrs.field(factory=dict)
    inherit: Sequence[str] = ()
    files: Mapping[str, Any] = attrs.field(factory=dict)
    obeys: Sequence[str] = ()
    home: str = attrs.field(default="private", validator=_one_of("private", "user"))
    login: str = ""
    version: Sequence[str] = ()
    stream: Stream = attrs.field(factory=Stream)
    exit_codes: Mapping[int, Ending] = attrs.field(factory=dict)
    mcp: Mcp | None = None
    overloads: Sequence[str] = attrs.field(default=OVERLOADS, validator=_is_pattern)
