"""The page on which the OpenAPI document is read: plain HTML, without scripts and without other machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from ..answers import JSON, Answer, page

STYLE = """
:root { color-scheme: light dark; --text: #1d2126; --dim: #5b6570; }
:root { --page: #fff; --line: #d9dee4; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ec; --dim: #9aa5b1; --page: #14171a; --line: #313840; --mark: #7ab8f5; }
}
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
a { color: var(--mark); }
nav ul { columns: 12rem; padding-left: 1.2rem; }
h2 { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin-bottom: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: .3rem; padding: .6rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; }
td, th { text-align: left; vertical-align: top; }
p.note, td.note { color: var(--dim); }
"""


def reference_page(document: Mapping[str, Any]) -> Answer:
    """Return the page of a document."""
    tags: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, entry in methods.items():
            tags.setdefault(entry["tags"][0], []).append(_entry(path, method, entry))
    index = "".join(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in tags)
    parts = [
        f'<section aria-labelledby="{escape(tag)}"><h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(entries)}'
        "</section>"
        for tag, entries in tags.items()
    ]
    about = escape(document["info"]["description"])
    links = (
        '<p><a href="/api/openapi.json">openapi.json</a> is the same for programs; live events are at '
        "<code>/api/events</code> (server-sent) and <code>/api/live</code> (WebSocket).</p>"
    )
    nav = f'<nav aria-label="Operations"><ul>{index}</ul></nav>'
    return page("The HTTP API of Mosaic", f"<p>{about}</p>{links}{nav}{''.join(parts)}")


def _entry(path: str, method: str, entry: Mapping[str, Any]) -> str:
    name = escape(entry.get("x-mosaic-operation", ""))
    head = f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(entry['summary'])}"
    note = f' <span class="note"><code>{name}</code></span></p>' if name else "</p>"
    rows = [
        (one["name"], one["in"], one.get("required", False), one.get("description", ""))
        for one in entry["parameters"]
    ]
    body = entry.get("requestBody", {}).get("content", {}).get(JSON)
    if body is not None:
        schema = body["schema"]
        rows += [
            (name, "body", name in schema.get("required", ()), part.get("description", ""))
            for name, part in schema.get("properties", {}).items()
        ]
    table = "".join(
        f"<tr><th scope='row'><code>{escape(name)}</code></th><td>{where}{', required' if needed else ''}</td>"
        f"<td class='note'>{escape(words)}</td></tr>"
        for name, where, needed, words in rows
    )
    example = "" if body is None else f"<pre>{escape(json.dumps(body['example'], indent=2))}</pre>"
    return f"<article>{head}{note}<table>{table}</table>{example}</article>"
