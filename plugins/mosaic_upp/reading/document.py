"""A Markdown document as a flat list of blocks, each with its lines and the headings above it.

Owns the walk over markdown-it's tokens. Refuses to understand what the words mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import attrs
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mosaic_hookspecs.errors import InputError, Location

MAX_NESTING = 60
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_MARKS = re.compile(r"\*{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|~~|`")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>(?!\w)|<!--[^>]*-->")
_CODE = re.compile(r"(`+)[^`\n]+\1")
_BOX = re.compile(r"\[([ xX✓])\]\s+")
_NUMBER = re.compile(
    r"^(?:(?:section|chapter|part)\s+)?(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.)]|[A-Z][.)])\s+", re.IGNORECASE
)
_ENTRY = re.compile(
    r"(?:[A-Z]{1,5}[-_ ]?\d{1,4}\b|[A-Z][\w ]{0,30}(?::|\s[–—-])\s|(?:GET|POST|PUT|PATCH"
    r"|DELETE)\s+/|[•·▪◦–—]\s)"
)
_HTML_ROUTE = re.compile(r"<(\w+)>")


@attrs.frozen(kw_only=True)
class Block:
    """A piece of a document: a ``heading, text, item, fence`` or table ``row``.

    `text` has no markup, `raw` has it. `path` are the headings above (for a heading, itself included).
    `parent` is the index of the list item around it (-1: none), `depth` counts the lists around.
    A row has its `cells` and the table's `header`; a fence its `info` and the
    `first` line inside it. `start` and `end` are lines.
    """

    kind: str
    text: str
    raw: str
    start: int
    end: int
    path: tuple[str, ...] = ()
    level: int = 0
    depth: int = 0
    parent: int = -1
    info: str = ""
    first: int = 0
    table: int = 0
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


def plain(raw: str) -> str:
    """Take Markdown's inline marks off."""
    text = _LINK.sub(r"\1", raw.replace("\\|", "|"))
    if "<" in text:
        text = _CODE.sub(lambda match: match[0].replace("<", "\x00"), text)
        text = _TAG.sub(
            lambda match: (
                match[0]
                if _HTML_ROUTE.fullmatch(match[0]) and match.string[max(match.start() - 1, 0)] == "/"
                else " "
            ),
            text,
        )
    text = text.replace("\x00", "<")
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", _MARKS.sub("", text))
    return " ".join(text.split())


def without_number(heading: str) -> str:
    """Take the section's number off a heading."""
    return _NUMBER.sub("", heading, count=1).strip(" :#") or heading


def parse(text: str, path: str) -> Sequence[Block]:
    """Read the blocks of a cleaned document.

    Raises:
        InputError: lists or quotes are nested deeper than any reader follows.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table").disable("inline")
    tokens = parser.parse(text)
    for token in tokens:
        if token.level >= MAX_NESTING - 2:
            raise InputError(
                "document-too-deep",
                "lists or quotes are nested too deeply",
                where=Location(path=path or "document", line=(token.map or [0])[0] + 1),
                expected=f"at most {MAX_NESTING // 2 - 1} levels",
                hint="Flatten the list into sections.",
            )
    return _Walk(text.split("\n")).walk(tokens)


class _Walk:
    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._blocks: list[Block] = []
        self._headings: list[tuple[int, str]] = []
        self._items: list[int | None] = []  # the block of each open list item; None before its first words
        self._lists = 0
        self._table = 0
        self._header: tuple[str, ...] = ()
        self._is_header = False
        self._cells: list[tuple[str, str]] = []
        self._span = (1, 1)

    def walk(self, tokens: Sequence[Token]) -> Sequence[Block]:
        for index, token in enumerate(tokens):
            if token.map:
                self._span = self._trim(token.map[0] + 1, max(token.map[1], token.map[0] + 1))
            self._take(token, tokens[index - 1] if index else token)
        return self._blocks

    def _take(self, token: Token, before: Token) -> None:  # noqa: C901, PLR0912 - one case a kind of block
        match token.type:
            case "list_item_open":
                self._items.append(None)
            case "list_item_close":
                self._items.pop()
            case "bullet_list_open" | "ordered_list_open":
                self._lists += 1
            case "bullet_list_close" | "ordered_list_close":
                self._lists -= 1
            case "table_open":
                self._table += 1
            case "tr_open":
                self._cells = []
            case "thead_open":
                self._is_header = True
            case "thead_close":
                self._header, self._is_header = tuple(text for text, _ in self._cells), False
            case "tr_close" if not self._is_header:
                self._row()
            case "inline" if before.type == "heading_open":
                self._heading(int(before.tag[1]), token.content)
            case "inline" if before.type in ("th_open", "td_open"):
                self._cells.append((plain(token.content), token.content))
            case "inline":
                self._words(token.content)
            case "fence" | "code_block":
                first = self._span[0] + (token.type == "fence")
                self._add("fence", token.content, token.content, info=token.info.strip().lower(), first=first)
            case "html_block":
                words = plain(re.sub(r"<!--.*?(?:-->|\Z)", " ", token.content, flags=re.DOTALL))
                words = " ".join(re.sub(r"<[^<>]*>", " ", words).split())
                if words:
                    self._words(words)
            case _:
                pass

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        end = min(end, len(self._lines))
        while end > start and not self._lines[end - 1].strip():
            end -= 1
        return start, end

    def _heading(self, level: int, raw: str) -> None:
        text = plain(raw)
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, without_number(text)))
        self._add("heading", text, raw, level=level)

    def _words(self, raw: str) -> None:
        if self._items and self._items[-1] is None:
            self._items[-1] = len(self._blocks)
            raw = _BOX.sub("", raw, count=1) if _BOX.match(raw) else raw
            self._add("item", plain(raw), raw, own=True)
        else:
            lines = raw.split("\n")
            start, end = self._span
            if (
                len(lines) > 1
                and len(lines) == end - start + 1
                and all(_ENTRY.match(line.strip()) for line in lines)
            ):
                for number, line in enumerate(lines, start=start):
                    self._span = (number, number)
                    self._add("text", plain(line), line)
                self._span = (start, end)
            else:
                self._add("text", plain(raw), raw)

    def _row(self) -> None:
        self._add(
            "row",
            " | ".join(text for text, _ in self._cells),
            " | ".join(raw for _, raw in self._cells),
            header=self._header,
            cells=tuple(text for text, _ in self._cells),
            table=self._table,
        )

    def _add(self, kind: str, text: str, raw: str, *, own: bool = False, **more: Any) -> None:
        around = [item for item in (self._items[:-1] if own else self._items) if item is not None]
        block = Block(
            kind=kind,
            text=text,
            raw=raw,
            start=self._span[0],
            end=self._span[1],
            path=tuple(title for _, title in self._headings),
            depth=self._lists,
            parent=around[-1] if around else -1,
        )
        self._blocks.append(attrs.evolve(block, **more))
