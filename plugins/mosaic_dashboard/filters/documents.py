"""Markdown of others as HTML: no HTML of theirs, no images, links to the web alone and opened apart."""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ALLOWED = ("http://", "https://", "mailto:")
_MOST = 100_000
_MOST_CELLS = 20_000


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").enable("strikethrough")
    reader.disable("image")
    reader.validateLink = lambda url: url.strip().lower().startswith(_ALLOWED)  # type: ignore[method-assign]

    def open_link(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        tokens[index].attrSet("target", "_blank")
        return str(self.renderToken(tokens, index, options, env))

    def open_heading(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        # The page has its own headings; those of a text stand below them.
        level = min(6, int(tokens[index].tag[1]) + 2)
        tokens[index].tag = f"h{level}"
        return str(self.renderToken(tokens, index, options, env))

    reader.add_render_rule("link_open", open_link)
    reader.add_render_rule("heading_open", open_heading)
    reader.add_render_rule("heading_close", open_heading)
    return reader


def markdown(text: Any) -> Markup:
    """Return a text in Markdown as HTML that does nothing; of one that is very long, its beginning."""
    given = str(text or "")[:_MOST]
    reader = _reader()
    # A row is filled up to as many cells as the first has: a short text could become a huge table.
    lines = given.splitlines()
    if lines and max(line.count("|") for line in lines) * len(lines) > _MOST_CELLS:
        reader.disable("table")
    rendered = reader.render(given)
    return Markup('<div class="prose">{}</div>').format(Markup(rendered))  # noqa: S704 - the reader escapes
