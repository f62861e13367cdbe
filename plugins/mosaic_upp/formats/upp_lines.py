"""The grammar of one line of a UPP tree, drawn with boxes or written as a list; read and written here.

Owns ``ATOMIC (A.001.01.01.01.01.01): Title [20 min]`` and its variants. Refuses an identifier that is
malformed, or whose level is not the word before it.
"""

from __future__ import annotations

import re

import attrs

from mosaic_hookspecs import InputError, Level, Location, PlanNode, level_of

from .annotations import parse_annotations
from .markdown_blocks import Line

DRAWING = "│┃├└─━┬╰|+`\\-"
"""The characters that draw a tree's branches."""

WORDS = {level: level.name for level in Level}

_LEVEL_WORD = r"(?P<word>EPIC|FEATURE|STORY|TASK|SUBTASK|ATOMIC)(?:[ ]+TASK)?"
_NODE = re.compile(
    rf"(?:\[(?P<box>[ xX])\][ ]+)?(?P<bold>\*\*|__)?"
    rf"(?:{_LEVEL_WORD}[ ]*\([ ]*(?P<any>[^()\s]*)[ ]*\)|(?:{_LEVEL_WORD.replace('word', 'word2')}[ ]+)?"
    r"`?(?P<plain>(?:ST|E|F|S|T|A)\.\d{3}(?:\.\d+)*)(?![\w.]*\w)`?)"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+(?=\S)")


@attrs.frozen(kw_only=True)
class ParsedLine:
    """What a line says: the node's own words only."""

    node_id: str
    title: str
    minutes: int | None
    depends_on: tuple[str, ...]
    done: bool


def is_drawn(text: str) -> bool:
    """Whether a line begins with the branches of a tree."""
    return text.lstrip(" │┃|")[:1] in {"├", "└", "╰", "+", "`"} or text.lstrip(" ")[:1] in {"│", "┃"}


def parse_drawn(line: Line, path: str) -> ParsedLine | None:
    """Read a line of a drawn tree; None where it names no node. Raises `InputError`, located."""
    stripped = line.text.lstrip(" \t" + DRAWING)
    return _parse(stripped, line, len(line.text) - len(stripped), path)


def parse_listed(line: Line, path: str) -> ParsedLine | None:
    """Read an item of a list, or a heading; None where it names no node. Raises as `parse_drawn`."""
    match = _LIST.match(line.text)
    return None if match is None else _parse(line.text[match.end() :], line, match.end(), path)


def _parse(text: str, line: Line, offset: int, path: str) -> ParsedLine | None:
    match = _NODE.match(text)
    if match is None:
        return None
    group = "any" if match["any"] is not None else "plain"
    node_id, word = match[group], (match["word"] or match["word2"] or "").upper()
    where = Location(path=path, line=line.number, column=offset + match.start(group) + 1)
    node_id = node_id.upper()
    try:
        level = level_of(node_id)
    except InputError as error:
        raise InputError(error.code, error.what, where=where, expected=error.expected, got=error.got) from None
    if word and level.name != word:
        raise InputError(
            "wrong-level",
            f"the identifier of {_article(word)} is that of {_article(level.name)}",
            where=where,
            expected=f"{Level[word].value}. and {Level[word].depth} groups of digits",
            got=node_id,
        )
    rest = match["rest"].strip()
    bold = match["bold"]
    if bold:
        rest = rest.removeprefix(bold) if rest.startswith(bold) else rest.replace(bold, "", 1)
    found = parse_annotations(re.sub(r"^\s*(?:\*\*|__)?\s*[:–—-]?\s*", "", rest, count=1))
    done = found.done if found.done is not None else (match["box"] or " ") != " "
    return ParsedLine(
        node_id=node_id, title=found.title, minutes=found.minutes, depends_on=found.depends_on, done=done
    )


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'AE' else 'a'} {word.lower()}"


def render_line(node: PlanNode) -> str:
    """Write a node's own words, as `parse_drawn` reads them behind the branches."""
    minutes = f" [{node.minutes} min]" if node.minutes is not None and node.minutes > 0 else ""
    done = " [x]" if node.done else ""
    return f"{WORDS[node.level]} ({node.node_id}): {plain_text(node.title)}{minutes}{done}"


def plain_text(text: str) -> str:
    """Put text on one line: white space collapsed, and what cannot be printed left out."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
