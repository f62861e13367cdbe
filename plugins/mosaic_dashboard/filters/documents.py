"""Markdown of others as HTML: no HTML of theirs, no images, links to the web alone and opened apart."""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ALLOWED = ("http://", "https://", "mailto:")


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
    """Return a text in Markdown as HTML that does nothing."""
    rendered = _reader().render(str(text or ""))
    return Markup('<div class="prose">{}</div>').format(Markup(rendered))  # noqa: S704 - the reader escapes
