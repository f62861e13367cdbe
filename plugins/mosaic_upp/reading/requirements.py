"""From blocks to requirements: what the document asks for, each with its lines.

Owns the walk over the document. Refuses one that asks for nothing, or for more than one plan holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.plan import Requirement

from .context import Place, places_of, title_of
from .dialects import to_markdown
from .document import Block, parse
from .entities import EntityReader
from .fences import read_fence
from .findings import Findings
from .opening import read_opening
from .prose import read_heading, read_item, read_text
from .rows import read_row
from .text import clean_text
from .titles import product_of
from .topics import Topic

_MAX_REQUIREMENTS = 3000


@attrs.frozen(kw_only=True)
class Document:
    """What the reader understood: the title, the requirements, and the words that are in scope."""

    title: str
    requirements: Sequence[Requirement]
    words: str
    technologies: Sequence[str] = ()


def read_document(text: str, path: str) -> Document:
    """Read a Markdown document.

    Raises:
        InputError: it is no text, is damaged or too large, or asks for nothing; located.
    """
    blocks = parse(to_markdown(clean_text(text, path)), path)
    places = places_of(blocks)
    findings = _read(blocks, places)
    ordered = findings.finish()
    _require_some(ordered, blocks, path)
    numbered = tuple(
        attrs.evolve(item, requirement_id=f"R.{number:03d}") for number, item in enumerate(ordered, start=1)
    )
    pairs = zip(blocks, places, strict=True)
    return Document(
        title=product_of(blocks),
        requirements=numbered,
        words="\n".join(block.text for block, place in pairs if place.topic is not Topic.OUT),
        technologies=tuple(findings.technologies),
    )


def _read(blocks: Sequence[Block], places: Sequence[Place]) -> Findings:
    findings, models, title = Findings(), EntityReader(blocks, places), title_of(blocks)
    modelled = models.read()
    for model in models.found:
        findings.add("model", model.text, model.start, model.end, model.data)
    for index, (block, place) in enumerate(zip(blocks, places, strict=True)):
        if place.topic in (Topic.OUT, Topic.ASIDE) or index in modelled or index == title:
            continue
        match block.kind:
            case "heading":
                after = blocks[index + 1] if index + 1 < len(blocks) else None
                read_heading(block, place, after, findings)
            case "item":
                read_item(block, place, findings)
            case "row":
                read_row(block, place, findings)
            case "fence":
                read_fence(block, place, findings)
            case _:
                read_text(block, place, findings)
    if not findings.found:
        read_opening(blocks, places, findings)
    return findings


def _require_some(found: Sequence[Requirement], blocks: Sequence[Block], path: str) -> None:
    where = Location(path=path or "document", line=1)
    if not found:
        raise InputError(
            "no-requirements",
            "nothing in the document reads as a requirement",
            where=where,
            expected="user stories, features, endpoints, data models, pages, tests or criteria",
            got=f"{len(blocks)} paragraphs, items and headings" if blocks else "no words",
            hint="List what the program shall do under a heading such as `## Features`.",
        )
    if len(found) > _MAX_REQUIREMENTS:
        raise InputError(
            "too-many-requirements",
            "the document has more requirements than one plan holds",
            where=where,
            expected=f"at most {_MAX_REQUIREMENTS}",
            got=str(len(found)),
            hint="Split it into one document a product.",
        )
