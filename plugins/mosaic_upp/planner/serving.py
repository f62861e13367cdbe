"""Which parts of a service serve a requirement, by its words.

Owns the judgement that a requirement is wholly met by what a service of this kind has anyway. Where any
word asks for more, it says nothing, and the requirement gets work of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity
from mosaic_hookspecs.plan import Requirement

from ..reading.names import entity_plural, plural, words
from .service import endpoint_key

_MORE = re.compile(
    r"\b(?:search\w*|filter\w*|sort\w*|order(?:ed)? by|paginat\w*|auth(?:enticat\w*|oriz\w*"
    r"|ori[sz]ation)?|log(?:s|ged)?[ -]?(?:in|out)|sign(?:s|ed)?[ -]?(?:in|up|out)"
    r"|password\w*|tokens?|jwt|oauth\w*|roles?|permissions?"
    r"|admins? only|e-?mail(?:s|ed)? (?:to|when|is sent)|send\w*|notif\w*|remind\w*|pay\w*"
    r"|checkout|refund\w*|invoice\w*|upload\w*|download\w*|images?|photos?|export\w*"
    r"|import\w*|reports?|statistics|charts?"
    r"|rate[- ]limit\w*|cach\w*|milliseconds?|ms|seconds?|p9\d|latency|throughput"
    r"|concurren\w*|users at once|docker\w*|kubernetes|container\w*|deploy\w*|ci|pipeline"
    r"|coverage|percent|\d+ ?%|accessib\w*|wcag"
    r"|responsive|mobile|browser\w*|i18n|locali[sz]\w*|translat\w*|logging|metrics?"
    r"|monitor\w*|audit\w*|backups?|encrypt\w*|https|tls|gdpr|privacy|recommend\w*|rank\w*"
    r"|average|total|sum|discount\w*|stock levels?"
    r"|history|schedul\w*|queue\w*|webhook\w*|websocket\w*|realtime|real[- ]time|graphql"
    r"|grpc|soft[- ]delete\w*|undo|version\w*|lock\w*|review\w*|favou?rit\w*|wish ?list|cart"
    r"|ui|pages?|screens?|dashboard|frontend)\b",
    re.IGNORECASE,
)
_VERBS: Sequence[tuple[str, str]] = (
    (
        "create",
        (
            r"\b(?:add|adds|create|creates|creating|creation|adding|place|places|placing"
            r"|register|registers|enter|enters|record|records|submit|new|post)\b"
        ),
    ),
    (
        "update",
        (
            r"\b(?:edit|edits|update|updates|updating|editing|change|changes|changing|modify"
            r"|modifies|correct|corrects|mark|marks|put|patch)\b"
        ),
    ),
    ("delete", r"\b(?:delete|deletes|deleting|deletion|remove|removes|removing|drop)\b"),
    ("list", r"\b(?:list|lists|listing|browse|browses|browsing|all|overview|catalogue|catalog)\b"),
    (
        "get",
        (
            r"\b(?:view|views|viewing|see|sees|read|reads|reading|show|shows|look up|looks up"
            r"|retrieve|retrieves|details?|open|fetch|get)\b"
        ),
    ),
)
_CRUD = re.compile(r"\b(?:crud|manage|manages|maintain|maintains|keep|keeps|managing)\b", re.IGNORECASE)
_CRUD_ACTIONS = ("list", "get", "create", "update", "delete")
_TOPICS: Sequence[tuple[str, str]] = (
    (
        "openapi",
        r"\bopen ?api\b|\bapi (?:documentation|docs|description|specification)\b|\bmachine[- ]readable\b",
    ),
    (
        "documentation",
        r"\breadme\b|\bset[- ]?up\b|\binstall\w*|\bhow to (?:run|start|test|use)\b|\bdocument(?:s|ed|ation)\b",
    ),
    (
        "server",
        (
            r"\b(?:start(?:s|ed)?|run(?:s|ning)?|serv(?:e|es|ed)) (?:with|by|from) (?:one|a "
            r"single) command\b|\bhealth\b|\blive server\b|\bfrom a clean (?:checkout|clone)\b"
            r"|\ball tests pass\b|\bwhole (?:test )?suite\b"
        ),
    ),
    (
        "validation",
        (
            r"\bvalidat\w*|\binvalid\b|\breject\w*|\brefuse[sd]?\b|\bmalformed\b|\bmissing "
            r"(?:required )?fields?\b|\bbad input\b|\bbad data\b"
        ),
    ),
    (
        "missing",
        r"\b404\b|\bnot found\b|\bunknown (?:id|identifier|record)s?\b|\bdoes not exist\b|\bdo not exist\b",
    ),
    ("tests", r"\btest(?:s|ed|ing)?\b"),
    ("database", r"\bpersist\w*|\bsqlite\b|\bsurviv\w*|\bdatabase\b|\bstored?\b|\brestart\w*"),
    (
        "project",
        (
            r"\bpython\b|\bflask\b|\bpytest\b|\bpackage\b|\bpyproject\b|\bfoundation\b"
            r"|\bskeleton\b|\bproject lay-?out\b|\bsqlalchemy\b|\bjson (?:api|over http)\b"
            r"|\brest(?:ful)?\b|\bjson\b"
        ),
    ),
)


class Serving:
    """Maps requirements to keys of the service's work."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._entities = {entity.name: entity for entity in blueprint.entities}
        self._endpoints = [each for each in blueprint.endpoints if each.action != "custom"]

    def keys(self, requirement: Requirement) -> Sequence[str]:  # noqa: PLR0911 - one answer a kind of requirement
        """Return the keys of the work that serves it, or nothing if more is asked than a service has."""
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
        text = str(requirement.data.get("want") or requirement.text)
        if _MORE.search(text):
            return ()
        if requirement.kind in ("story", "feature"):
            return self._by_action(text) or self._by_topic(text)
        return self._by_topic(text) or self._by_action(text)

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

    def _by_action(self, text: str) -> Sequence[str]:
        entities = self._mentioned(text)
        actions = {action for action, pattern in _VERBS if re.search(pattern, text, re.IGNORECASE)}
        if _CRUD.search(text):
            actions |= set(_CRUD_ACTIONS)
        keys: list[str] = []
        for entity in entities:
            keys += [endpoint_key(each) for each in self._of(entity) if each.action in actions]
        return (
            (*dict.fromkeys(keys), *(f"tests:{entity.name}" for entity in entities if self._of(entity)))
            if keys
            else ()
        )

    def _by_topic(self, text: str) -> Sequence[str]:
        topic = next((name for name, pattern in _TOPICS if re.search(pattern, text, re.IGNORECASE)), "")
        named = self._mentioned(text) or list(self._entities.values())
        match topic:
            case "":
                return ()
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
        if _MORE.search(text):
            return ()
        keys: list[str] = []
        named = self._mentioned(text) or list(self._entities.values())
        if re.search(r"\b(?:foundation|skeleton|set[- ]?up|project)\b", text, re.IGNORECASE):
            keys += ["project", "database"]
        if re.search(r"\b(?:models?|data|validation|rules|tables?|storage)\b", text, re.IGNORECASE):
            keys += [f"validation:{entity.name}" for entity in named]
        if re.search(r"\b(?:(?<!open)api|endpoints?|routes?|crud|service)\b", text, re.IGNORECASE):
            keys += [f"tests:{entity.name}" for entity in named if self._of(entity)]
        if re.search(r"\b(?:release|server|live|test(?:s|ing|ed)?)\b", text, re.IGNORECASE):
            keys.append("server")
        if re.search(r"\b(?:document\w*|readme|docs)\b", text, re.IGNORECASE):
            keys.append("documentation")
        if re.search(r"\bopen ?api\b", text, re.IGNORECASE):
            keys.append("openapi")
        return tuple(dict.fromkeys(keys))
