"""What has been found so far: requirements in the order of finding, and which routes are known.

Owns the rules that hold wherever words stand: a story is a story, a route is an endpoint, long words
are cut, a technology is no feature.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.plan import Requirement, Span

from .context import Place
from .document import Block, without_number
from .endpoints import Route, routes_in
from .models import relation_in
from .stories import story_of
from .topics import Topic

LONG = 60
_MOST_GIVEN = 2000
_GIVEN = re.compile(r"(?:given\b.+\b)?when\b.+\bthen\b", re.IGNORECASE | re.DOTALL)
_MEASURE = re.compile(
    r"(?:reduce|increase|improve|grow|achieve|reach|raise|cut|double|lower|boost)\b.*\d"
    r"|\d[\d,.]*\+? ?(?:k|m)? ?"
    r"(?:%|percent|stars?|downloads|(?:monthly |daily |active |paying )*(?:users|customers))"
    r"(?!\w)",
    re.IGNORECASE,
)
_BUILT_WITH = re.compile(
    r"(?:it |this |the \w+ )?(?:is |will be |must be |shall be |should be )?"
    r"(?:written|implemented|developed) (?:in|with) [\w.#+ ,/-]{1,60}\.?$",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{3}")
_MAX_TEXT, _MAX_PREFIXED = 600, 10
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
_OWN_KINDS = (
    Topic.STORY,
    Topic.PAGE,
    Topic.TEST,
    Topic.QUALITY,
    Topic.CRITERION,
    Topic.MILESTONE,
    Topic.DOCUMENTATION,
)
_ID_WORD = "FR|NFR|US|REQ|R|F|AC|UC|TC|BR|SR|UR|FEAT|FEATURE|STORY|EPIC|TASK|TEST|G|M|Q|P"
_ID = re.compile(
    rf"^(?:\[?(?:[A-Z]{{1,6}}[-_])+\d{{1,4}}(?:\.\d+)*\]?\s*[:.)–—]\s*"  # ABC-12:
    rf"|\[?(?:[A-Z]{{1,6}}[-_]){{2,}}\d{{1,4}}(?:\.\d+)*\]?\s+"  # REQ-AB-12
    rf"|\[(?:[A-Z]{{1,6}}[-_]?)+\d{{1,4}}(?:\.\d+)*\]\s*[:.)–—-]?\s*"  # [AB12]
    rf"|[A-Z]{{1,5}}[-_ ]?\d{{1,4}}(?:\.\d+)*\s*(?:[:)–—]|\.(?=\s)|\s-)\s*"  # AB 12.
    rf"|(?:[A-Z]{{1,6}}[-_])0\d{{1,3}}\s+"  # AB-012
    rf"|(?:{_ID_WORD})[-_ ]?\d{{1,4}}(?:\.\d+)*\s+"  # FR12
    r"|[A-Z]{1,4}-\d{1,3}\.\d+(?:\.\d+)*\s+)(?=\S)"  # FR-1.2
)


def kind_of(topic: Topic | None) -> str:
    """Name the kind of requirement that words under a topic are."""
    return topic.value if topic in _OWN_KINDS else "feature"


def without_id(text: str) -> str:
    """Take the author's own identifier (``FR-12:``) off a requirement."""
    return _ID.sub("", text)


def defines_routes(place: Place) -> bool:
    """Whether a route that is written here is meant to be built, and not only mentioned."""
    return place.topic in _DEFINES


class Findings:
    """Collects the requirements of one document, and the technologies that it names."""

    def __init__(self) -> None:
        self.found: list[Requirement] = []
        self.technologies: list[str] = []
        self._routes: set[tuple[str, str]] = set()
        self._mentions: list[tuple[Route, Block]] = []

    def add(self, kind: str, text: str, start: int, end: int, data: JsonObject | None = None) -> None:
        """Add a requirement as it is."""
        text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
        span = Span(start=start, end=end)
        self.found.append(Requirement(requirement_id="", kind=kind, text=text, span=span, data=data or {}))

    def words(self, text: str, block: Block, place: Place) -> None:
        """Add words as what their topic makes of them."""
        if place.topic is Topic.TECHNOLOGY or (place.topic is not Topic.TEST and _BUILT_WITH.match(text)):
            self.technologies.append(text)
            self.add("quality", text, block.start, block.end, {"aspect": "technology"})
            return
        relation = relation_in(text) if place.topic is Topic.MODEL else None
        data: JsonObject = {"relation": list(relation)} if relation else {}
        prefix = place.prefix or ("" if _LETTERS.search(text) else (block.path or ("",))[-1])
        if prefix and len(text.split()) < _MAX_PREFIXED:
            text = f"{prefix}: {text}"
        kind = kind_of(place.topic)
        kind = "criterion" if kind == "feature" and _MEASURE.match(text) else kind
        self.add(kind, text, block.start, block.end, data)

    def example(self, text: str, block: Block) -> bool:
        """Add a criterion that is said as given, when and then, and say whether it was one."""
        is_one = bool(_GIVEN.match(text[:_MOST_GIVEN]))
        if is_one:
            self.add("criterion", text, block.start, block.end)
        return is_one

    def story(self, text: str, block: Block) -> bool:
        """Add a user story, and say whether it was one."""
        story = story_of(text)
        if story:
            data = {"role": story.role, "want": story.want, "why": story.why}
            self.add("story", text, block.start, block.end, data)
        return story is not None

    def routes_of(self, block: Block, place: Place) -> bool:
        """Add every route that a block defines, and say whether it defines any."""
        routes = routes_in(block.raw)
        if not routes:
            return False
        if not defines_routes(place):
            self._mentions += [(route, block) for route in routes]
            return False
        for route in routes:
            text = block.text if len(routes) == 1 else words_of(route)
            if self.knows(route) and not route.summary:
                continue
            self.route(route, block, without_number(text) if block.kind == "heading" else text)
        return True

    def knows(self, route: Route) -> bool:
        """Whether the route has been found already."""
        return (route.method, route.path) in self._routes

    def route(self, route: Route, block: Block, text: str = "") -> None:
        """Add a route, with the words that say it best."""
        data = {"method": route.method, "path": route.path, "summary": route.summary}
        if route.query:
            data["query"] = route.query
        self._routes.add((route.method, route.path))
        self.add("endpoint", text or words_of(route), block.start, block.end, data)

    def finish(self) -> Sequence[Requirement]:
        """Return all in the order of lines; routes that are only mentioned count if nothing defines them."""
        for route, block in self._mentions:
            if not self.knows(route):
                self.route(route, block, f"{route.method} {route.path}")
        return sorted(self.found, key=lambda item: item.span.start if item.span else 0)


def words_of(route: Route) -> str:
    """Say a route in words."""
    return f"{route.method} {route.path} {route.summary}".strip()
