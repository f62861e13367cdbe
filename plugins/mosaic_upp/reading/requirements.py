"""From blocks to requirements: what the document asks for, each with its lines.

Owns the decision of what is a requirement and of which kind. Refuses a document that asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.plan import Requirement, Span

from .context import Place, places_of, title_of
from .document import Block, parse, without_number
from .endpoints import Route, route_of_cells, routes_in, routes_in_openapi
from .entities import EntityReader
from .models import entities_in_code, relation_in
from .stories import asks, demands, introduces, is_metadata, sentences, story_of
from .text import clean_text
from .topics import Topic, topic_of

_DEFINES = (
    None,
    Topic.ENDPOINT,
    Topic.FEATURE,
    Topic.STORY,
    Topic.MODEL,
    Topic.TECHNOLOGY,
    Topic.ABOUT,
    Topic.EXAMPLE,
    Topic.PAGE,
)
_EMPTY_CELL = re.compile(r"[\s–—-]*|n/?a|tbd", re.IGNORECASE)
_SIDE_COLUMN = re.compile(
    (
        r"^(?:#|no\.?|nr\.?|id|key|ref(?:erence)?|priority|prio|status|owner|estimate|points?"
        r"|moscow|release|version|effort|size|due|date|notes?)$"
    ),
    re.IGNORECASE,
)
_WONT = re.compile(r"^(?:won'?t(?: have)?|out of scope|not planned|deferred|future|later)$", re.IGNORECASE)
_META_COLUMN = re.compile(r"^(?:version|author|reviewer|approver|revision|changed by|changes?)$", re.IGNORECASE)
_PROGRAM = re.compile(
    r"^(?:json|bash|sh|shell|console|http|curl|text|output|python|js|javascript|ts|html|css|mermaid)\b"
)
_ONLY_PAGES = re.compile(
    (
        r"(?:the|key|main|and|ui|list of|[/&,]|\s|pages?|screens?|views?|components?"
        r"|requirements?|layouts?|navigation)+"
    ),
    re.IGNORECASE,
)
_SCENARIO = re.compile(r"^\s*(?:Scenario(?: Outline)?|Example):\s*(.+)$", re.MULTILINE)
_ID = re.compile(r"^(?:\[?[A-Z]{1,5}[-_ ]?\d{1,4}(?:\.\d+)*\]?\s*[:.)–—-]?\s+)(?=\S)")
_LONG, _MAX_TEXT, _MAX_REQUIREMENTS = 60, 600, 3000


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
    cleaned = clean_text(text, path)
    blocks = parse(cleaned, path)
    reader = _Reader(blocks)
    reader.read()
    if not reader.found:
        raise InputError(
            "no-requirements",
            "nothing in the document reads as a requirement",
            where=Location(path=path or "document", line=1),
            expected="user stories, features, endpoints, data models, pages, tests or criteria",
            got=f"{len(blocks)} paragraphs, items and headings" if blocks else "no words",
            hint="List what the program shall do under a heading such as `## Features`.",
        )
    if len(reader.found) > _MAX_REQUIREMENTS:
        raise InputError(
            "too-many-requirements",
            "the document has more requirements than one plan holds",
            where=Location(path=path or "document", line=1),
            expected=f"at most {_MAX_REQUIREMENTS}",
            got=str(len(reader.found)),
            hint="Split it into one document a product.",
        )
    title = title_of(blocks)
    first = next((block.text for block in blocks if block.kind == "heading"), "")
    heading = without_number(blocks[title].text if title is not None else first)
    ordered = sorted(reader.found, key=lambda item: item.span.start if item.span else 0)
    numbered = tuple(
        attrs.evolve(item, requirement_id=f"R.{number:03d}") for number, item in enumerate(ordered, start=1)
    )
    return Document(
        title=_short_title(heading),
        requirements=numbered,
        words="\n".join(
            block.text
            for block, place in zip(blocks, reader.places, strict=True)
            if place.topic is not Topic.OUT
        ),
        technologies=tuple(reader.technologies),
    )


def _short_title(heading: str) -> str:
    pattern = (
        r"^(?:product |software |project |technical )?(?:requirements?|specification"
        r"|prd|design|project|product)(?: (?:requirements?|document|specification|doc"
        r"|brief|name))*\s*(?:\((?:prd|srs)\))?\s*(?:[:–—-]\s*|for\s+|$)"
        r"|\s*[(\[]?(?:[–—:-]\s*)?(?:prd|product requirements?(?: document)?"
        r"|requirements?(?: document)?|specification)[)\]]?$"
    )
    return re.sub(pattern, "", heading, flags=re.IGNORECASE).strip(" :–—-") or heading


class _Reader:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.places = places_of(blocks)
        self.found: list[Requirement] = []
        self.technologies: list[str] = []
        self._entities = EntityReader(blocks, self.places)
        self._title = title_of(blocks)
        self._routes: dict[tuple[str, str], int] = {}
        self._mentions: list[tuple[Route, Block]] = []

    def read(self) -> None:
        modelled = self._entities.read()
        for entity in self._entities.found:
            self._add("model", entity.text, entity.start, entity.end, entity.data)
        for index, (block, place) in enumerate(zip(self.blocks, self.places, strict=True)):
            if place.topic is Topic.OUT or index in modelled or index == self._title:
                continue
            match block.kind:
                case "heading":
                    self._heading(index, block, place)
                case "item":
                    self._item(block, place)
                case "row":
                    self._row(block, place)
                case "fence":
                    self._fence(block, place)
                case _:
                    self._text(block, place)
        for route, block in self._mentions:
            if (route.method, route.path) not in self._routes:
                self._route(route, block, f"{route.method} {route.path}")

    def _heading(self, index: int, block: Block, place: Place) -> None:
        text = _ID.sub("", without_number(block.text))
        if self._routes_of(block, place) or self._story(text, block):
            return
        after = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
        is_empty = after is None or (after.kind == "heading" and after.level <= block.level)
        own = topic_of(text)
        if own is Topic.MILESTONE and re.search(r"\d", text) and place.above is not Topic.OUT:
            self._add("milestone", text, block.start, block.end)
        elif (
            place.above is Topic.PAGE
            and own in (None, Topic.PAGE, Topic.FEATURE)
            and not _ONLY_PAGES.fullmatch(text)
        ):
            self._add("page", text, block.start, block.end)
        elif (
            own is None
            and is_empty
            and place.above not in (None, Topic.ABOUT, Topic.EXAMPLE, Topic.TECHNOLOGY, Topic.MODEL)
        ):
            self._add(_kind(place.above), text, block.start, block.end)

    def _item(self, block: Block, place: Place) -> None:
        text = _ID.sub("", block.text).strip()
        if not text or self._story(text, block) or self._routes_of(block, place):
            return
        if place.is_label or _EMPTY_CELL.fullmatch(text) or introduces(text):
            return
        if place.topic in (None, Topic.ABOUT) and is_metadata(text):
            return
        if place.topic in (Topic.ABOUT, Topic.EXAMPLE) and not demands(text):
            return
        self._words(text, block, place)

    def _row(self, block: Block, place: Place) -> None:
        names = [name.strip().lower() for name in block.header]
        if any(_WONT.match(cell.replace("’", "'")) for cell in block.cells):
            return
        routes = route_of_cells(block.header, block.cells)
        if routes and place.topic in _DEFINES:
            for route in routes:
                self._route(route, block, f"{route.method} {route.path} {route.summary}".strip())
            return
        if (
            self._routes_of(block, place)
            or any(_META_COLUMN.match(name) for name in names)
            or self._role_row(block, names)
        ):
            return
        cells = list(zip(block.header, block.cells, strict=False))
        kept = [
            (name, cell)
            for name, cell in cells
            if not _SIDE_COLUMN.match(name.strip()) and not _EMPTY_CELL.fullmatch(cell)
        ]
        if not kept or (place.topic in (Topic.ABOUT, Topic.EXAMPLE) and not demands(block.text)):
            return
        text = ": ".join([kept[0][1], "; ".join(cell for _, cell in kept[1:])]) if len(kept) > 1 else kept[0][1]
        if not self._story(text, block):
            self._words(text, block, place)

    def _role_row(self, block: Block, names: Sequence[str]) -> bool:
        def cell(pattern: str) -> str:
            pairs = zip(names, block.cells, strict=False)
            return next((value for name, value in pairs if re.search(pattern, name)), "")

        role, want, why = (
            cell(r"as an?\b|role|actor|persona|user type|who"),
            cell(r"want|need|goal|can|action"),
            cell(r"so that|so i|why|benefit|reason"),
        )
        if not role or not want or _EMPTY_CELL.fullmatch(want):
            return False
        reason = f" so that {why}" if why and not _EMPTY_CELL.fullmatch(why) else ""
        return self._story(
            f"As a {role}, I want to {re.sub(r'^(?:i want |to )+', '', want, flags=re.IGNORECASE)}{reason}",
            block,
        )

    def _fence(self, block: Block, place: Place) -> None:
        text, first = block.raw, block.first
        is_spec = bool(re.search(r"^\s*paths:\s*$", text, re.MULTILINE)) or "yaml" in block.info
        routes = (list(routes_in_openapi(text)) if is_spec else []) or routes_in(text)
        for route in routes:
            line = min(first + route.line, block.end)
            if (route.method, route.path) not in self._routes:
                self._route(
                    route,
                    attrs.evolve(block, start=line, end=line),
                    f"{route.method} {route.path} {route.summary}".strip(),
                )
        scenarios = list(_SCENARIO.finditer(text))
        for match in scenarios:
            line = min(first + text.count("\n", 0, match.start()), block.end)
            self._add("criterion", match[1], line, line)
        if (
            routes
            or scenarios
            or place.topic
            in (None, Topic.ABOUT, Topic.EXAMPLE, Topic.TECHNOLOGY, Topic.ENDPOINT, Topic.DOCUMENTATION)
        ):
            return
        if place.topic is not Topic.MODEL and (
            _PROGRAM.match(block.info) or text.lstrip().startswith(("{", "[", "$", "curl", "<"))
        ):
            return
        if entities_in_code(text, block.info):
            return
        for number, written in enumerate(text.split("\n")):
            words = re.sub(r"^\s*(?:[-*+•]|\d+[.)])?\s*(?:\[[ xX]\]\s*)?", "", written).strip()
            if len(words.split()) > 1 and re.search(r"[^\W\d_]{2}", words) and not introduces(words):
                where = attrs.evolve(
                    block, start=min(first + number, block.end), end=min(first + number, block.end)
                )
                if not self._story(words, where):
                    self._add(_kind(place.topic), words, where.start, where.end)

    def _text(self, block: Block, place: Place) -> None:
        lines = [re.sub(r"[*_`]", "", line).strip() for line in block.raw.split("\n")]
        if all(is_metadata(line) and len(line.split()) <= 10 for line in lines if line):  # noqa: PLR2004 - a bound that is said once
            return
        text = _ID.sub("", block.text)
        if self._story(text, block) or self._routes_of(block, place) or place.is_label or introduces(text):
            return
        if place.topic in (None, Topic.ABOUT, Topic.EXAMPLE):
            wish = asks if place.topic is None else demands
            for sentence in sentences(text):
                if wish(sentence) and not is_metadata(sentence):
                    self._words(sentence, block, place)
        elif len(text.split()) > _LONG:
            for sentence in sentences(text):
                self._words(sentence, block, place)
        elif re.search(r"[^\W\d_]{2}", text):
            self._words(text, block, place)

    def _words(self, text: str, block: Block, place: Place) -> None:
        if place.topic is Topic.TECHNOLOGY:
            self.technologies.append(text)
            self._add("quality", text, block.start, block.end, {"aspect": "technology"})
            return
        relation = relation_in(text) if place.topic is Topic.MODEL else None
        data: JsonObject = {"relation": list(relation)} if relation else {}
        if place.prefix and len(text.split()) < _LONG // 6:
            text = f"{place.prefix}: {text}"
        self._add(_kind(place.topic), text, block.start, block.end, data)

    def _story(self, text: str, block: Block) -> bool:
        story = story_of(text)
        if story:
            data = {"role": story.role, "want": story.want, "why": story.why}
            self._add("story", text, block.start, block.end, data)
        return story is not None

    def _routes_of(self, block: Block, place: Place) -> bool:
        routes = routes_in(block.raw)
        if not routes:
            return False
        if place.topic not in _DEFINES:
            self._mentions += [(route, block) for route in routes]
            return False
        for route in routes:
            text = block.text if len(routes) == 1 else f"{route.method} {route.path} {route.summary}".strip()
            if (route.method, route.path) in self._routes and not route.summary:
                continue
            self._route(route, block, without_number(text) if block.kind == "heading" else text)
        return True

    def _route(self, route: Route, block: Block, text: str) -> None:
        key = (route.method, route.path)
        data = {"method": route.method, "path": route.path, "summary": route.summary}
        if route.query:
            data["query"] = route.query
        self._routes.setdefault(key, len(self.found))
        self._add("endpoint", text, block.start, block.end, data)

    def _add(self, kind: str, text: str, start: int, end: int, data: JsonObject | None = None) -> None:
        text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
        span = Span(start=start, end=end)
        self.found.append(Requirement(requirement_id="", kind=kind, text=text, span=span, data=data or {}))


def _kind(topic: Topic | None) -> str:
    kinds = (
        Topic.STORY,
        Topic.PAGE,
        Topic.TEST,
        Topic.QUALITY,
        Topic.CRITERION,
        Topic.MILESTONE,
        Topic.DOCUMENTATION,
    )
    return topic.value if topic in kinds else "feature"
