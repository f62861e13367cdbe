"""Which parts of a service serve a requirement, by its words.

Owns the judgement that a requirement is wholly met by what a service of this kind has anyway: each of its
telling words names an entity, a field, or something that a piece of the service's work is said to do. One
word more, and the requirement gets work of its own. Who does it is no part of that: a service serves whoever
calls it. Where that is limited, more is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity
from mosaic_hookspecs.plan import Requirement

from ..reading.names import entity_plural, plural, words
from ..reading.telling import unknown_words, vocabulary
from .service import endpoint_key
from .service_words import CRUD, CRUD_ACTIONS, MILESTONES, MORE, NUMBERED, OF_EVERY_SERVICE, TOPICS, VERBS

_NARROWED = re.compile(r"\b(?:of|for|by|from|in|with|per|between|whose|where|that|which)\b", re.IGNORECASE)
_LISTS_ONLY = re.compile(r"\b(?:list|browse)", re.IGNORECASE)
_GUARDED = re.compile(r"admin|moderator|owner|guest|anonymous|logged|signed", re.IGNORECASE)
_ACTOR = re.compile(
    r"\s*(?:an?\s+|the\s+)?[\w-]+(?:\s+[\w-]+)?\s+"
    r"(?:can|may|should be able to|must be able to|(?:is|are) able to)\s",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:only|no|not|never|nobody|none|neither)\b", re.IGNORECASE)


def _without_actor(text: str) -> str:
    """Leave out who does it, as in a story: a service serves whoever calls it."""
    actor = _ACTOR.match(text)
    if actor is None or _DENIED.search(actor[0]) or _GUARDED.search(actor[0]):
        return text
    return text[actor.end() :]


class Serving:
    """Maps requirements to keys of the service's work."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._entities = {entity.name: entity for entity in blueprint.entities}
        self._endpoints = [each for each in blueprint.endpoints if each.action != "custom"]
        fields = [field for entity in blueprint.entities for field in entity.fields]
        names = [name for entity in blueprint.entities for name in (entity.name, entity.plural)]
        told = [*names, *(field.name for field in fields)]
        told += [choice for field in fields for choice in field.choices]
        self._known = OF_EVERY_SERVICE | vocabulary((*told, blueprint.title, blueprint.package))

    def keys(self, requirement: Requirement) -> Sequence[str]:  # noqa: PLR0911 - one answer a kind of requirement
        """Return the keys of the work that serves it, or nothing if more is asked than a service has.

        An endpoint is built by its own piece of work in any case: see `asks_more`.
        """
        match requirement.kind:
            case "model":
                name = str(requirement.data.get("name", ""))
                return (f"model:{name}", f"validation:{name}") if name in self._entities else ()
            case "endpoint":
                return self._endpoint_keys(requirement)
            case "page":
                return ()
            case "milestone":
                return self._milestone(requirement.text)
            case _:
                pass
        pair = requirement.data.get("relation")
        if isinstance(pair, list) and pair and str(pair[0]) in self._entities:
            target = str(pair[1])
            held = any(field.references == target for field in self._entities[str(pair[0])].fields)
            return (f"model:{pair[0]}",) if held else ()
        if _GUARDED.search(str(requirement.data.get("role", ""))):
            return ()
        return self._by_words(str(requirement.data.get("want") or requirement.text))

    def asks_more(self, requirement: Requirement) -> bool:
        """Whether the words beside an endpoint ask for more than its method, path and entity say."""
        if requirement.kind != "endpoint":
            return False
        method, path = str(requirement.data["method"]), str(requirement.data["path"])
        text = requirement.text.replace(path, " ", 1).replace(method, " ", 1)
        if MORE.search(text):
            return True
        rest = text
        for _, pattern in (*VERBS, *TOPICS):
            rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
        return bool(unknown_words(CRUD.sub(" ", rest), self._known | vocabulary((method, path))))

    def _by_words(self, text: str) -> Sequence[str]:
        """Read actions and topics off a text; nothing, if a telling word is left or an action has no route."""
        if MORE.search(text):
            return ()
        rest, keys = self._actions(_without_actor(text))
        for name, pattern in TOPICS:
            if re.search(pattern, rest, re.IGNORECASE):
                keys += self._topic(name, text)
                rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
        return () if unknown_words(rest, self._known) else tuple(dict.fromkeys(keys))

    def _actions(self, text: str) -> tuple[str, list[str]]:
        """Return a text without the verbs that its entities' routes carry out, and the keys of those routes."""
        entities = self._mentioned(text)
        asked = [(action, pattern) for action, pattern in VERBS if re.search(pattern, text, re.IGNORECASE)]
        if _LISTS_ONLY.search(text) and _NARROWED.search(text):
            return text, []
        rest, keys = text, []
        if CRUD.search(text) and entities:
            rest = CRUD.sub(" ", rest)
            asked = [(action, "") for action in CRUD_ACTIONS]
        for action, pattern in asked:
            routes = [each for entity in entities for each in self._of(entity) if each.action == action]
            found = [endpoint_key(each) for each in routes]
            if not found:
                continue
            keys += found
            rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE) if pattern else rest
        if keys:
            keys += [f"tests:{entity.name}" for entity in entities if self._of(entity)]
        return rest, keys

    def _endpoint_keys(self, requirement: Requirement) -> Sequence[str]:
        method, path = str(requirement.data["method"]), str(requirement.data["path"])
        if requirement.data.get("query"):
            return ()
        shape = re.sub(r"\{\w+\}$", "{id}", path)
        return tuple(
            endpoint_key(each)
            for each in self._endpoints
            if each.method == method and each.path in (path, shape)
        )

    def _mentioned(self, text: str) -> list[Entity]:
        said = f" {' '.join(words(text))} "
        found = []
        for entity in self._entities.values():
            noun = words(entity.name)
            forms = {
                " ".join(noun),
                " ".join([*noun[:-1], plural(noun[-1])]),
                entity_plural(entity.name).replace("_", " "),
            }
            if any(f" {form} " in said for form in forms):
                found.append(entity)
        return found

    def _of(self, entity: Entity) -> list[Endpoint]:
        return [each for each in self._endpoints if each.entity == entity.name]

    def _topic(self, topic: str, text: str) -> Sequence[str]:
        named = self._mentioned(text) or list(self._entities.values())
        match topic:
            case "validation":
                return tuple(f"validation:{entity.name}" for entity in named)
            case "missing":
                return tuple(
                    endpoint_key(each)
                    for entity in named
                    for each in self._of(entity)
                    if each.action in ("get", "update", "delete")
                )
            case "tests":
                return tuple(f"tests:{entity.name}" for entity in named if self._of(entity))
            case _:
                return (topic,)

    def _milestone(self, text: str) -> Sequence[str]:
        if MORE.search(text):
            return ()
        named = self._mentioned(text) or list(self._entities.values())
        work = {
            "foundation": ["project"],
            "data": [f"validation:{entity.name}" for entity in named],
            "api": [f"tests:{entity.name}" for entity in named if self._of(entity)],
            "release": ["server"],
        }
        keys: list[str] = []
        rest = NUMBERED.sub("", text)
        for name, pattern in MILESTONES:
            if re.search(pattern, rest, re.IGNORECASE):
                keys += work.get(name, [name])
                rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
        return () if unknown_words(rest, self._known) else tuple(dict.fromkeys(keys))
