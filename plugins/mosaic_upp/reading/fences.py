"""Requirements in fenced blocks: routes, OpenAPI, Gherkin scenarios, and lists that stand in a fence."""

from __future__ import annotations

import re

import attrs

from .context import Place
from .document import Block
from .endpoints import routes_in, routes_in_openapi
from .findings import Findings, kind_of
from .models import entities_in_code
from .openapi import is_openapi
from .stories import introduces
from .topics import Topic

_PROGRAM = re.compile(
    r"^(?:json|bash|sh|shell|console|http|curl|text|output|python|js|javascript|ts|html|css|mermaid)\b"
)
_CODE_BEGINS = ("{", "[", "$", "curl", "<")
_SCENARIO = re.compile(r"^\s*(?:Scenario(?: Outline)?|Example):\s*(.+)$", re.MULTILINE)
_SAYS_NOTHING = (
    None,
    Topic.ABOUT,
    Topic.EXAMPLE,
    Topic.TECHNOLOGY,
    Topic.ENDPOINT,
    Topic.DOCUMENTATION,
)


def read_fence(block: Block, place: Place, findings: Findings) -> None:
    """Read one fence. Code that shows something, and data models, ask for nothing here."""
    text = block.raw
    if _routes(block, findings) | _scenarios(block, findings) or place.topic in _SAYS_NOTHING:
        return
    is_program = _PROGRAM.match(block.info) or text.lstrip().startswith(_CODE_BEGINS)
    if (
        (place.topic is not Topic.MODEL and is_program)
        or is_openapi(text)
        or entities_in_code(text, block.info)
    ):
        return
    for number, written in enumerate(text.split("\n")):
        words = re.sub(r"^\s*(?:[-*+•]|\d+[.)])?\s*(?:\[[ xX]\]\s*)?", "", written).strip()
        if len(words.split()) > 1 and re.search(r"[^\W\d_]{2}", words) and not introduces(words):
            where = _line(block, number)
            if not findings.story(words, where):
                findings.add(kind_of(place.topic), words, where.start, where.end)


def _routes(block: Block, findings: Findings) -> bool:
    is_spec = bool(re.search(r"^\s*paths:\s*$", block.raw, re.MULTILINE)) or "yaml" in block.info
    routes = (list(routes_in_openapi(block.raw)) if is_spec else []) or routes_in(block.raw)
    for route in routes:
        if not findings.knows(route):
            findings.route(route, _line(block, route.line))
    return bool(routes)


def _scenarios(block: Block, findings: Findings) -> bool:
    found = list(_SCENARIO.finditer(block.raw))
    for match in found:
        where = _line(block, block.raw.count("\n", 0, match.start()))
        findings.add("criterion", match[1], where.start, where.end)
    return bool(found)


def _line(block: Block, number: int) -> Block:
    line = min(block.first + number, block.end)
    return attrs.evolve(block, start=line, end=line)
