"""Which routes an operation has: a rule from its name and its input, and a table for those that read better.

The rule, for ``thing.verb``: the collection is ``/api/THINGS``, the thing in the plural (an ``s`` more, unless
it ends in one or is not counted). ``list`` is GET on it, ``create`` POST. Where the input has the thing's key
(``thing_id``, or a required ``id`` or ``name``), ``show`` and ``info`` are GET on ``/api/THINGS/{key}``, and
another verb is ``/api/THINGS/{key}/VERB``; else it is ``/api/THINGS/VERB``. Queries and streams take GET,
commands POST. What is of a task stands under its run too. Besides, every query and command takes POST at
``/api/call/OPERATION``, with its whole input as the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

ROOT = "/api"
CALL = f"{ROOT}/call"
SHOWING = ("show", "info")
_UNCOUNTED = frozenset(
    {"config", "doctor", "http", "inbox", "log", "mail", "mcp", "mcpclient", "storage", "tony", "work"}
)
_BETTER: Mapping[str, Sequence[tuple[str, str]]] = {
    "agent.register": (("POST", "/api/agents"),),
    "event.follow": (("GET", "/api/events"), ("GET", "/api/runs/{run_id}/events")),
    "inbox.ask": (("POST", "/api/inbox"),),
    "message.send": (("POST", "/api/messages"),),
}


@attrs.frozen(kw_only=True)
class Route:
    """One way to an operation. `template` is a path whose ``{names}`` are fields of the input."""

    method: str
    template: str

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path."""
        return tuple(self.template.strip("/").split("/"))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that the path holds, in order."""
        return tuple(part[1:-1] for part in self.segments if part.startswith("{"))


def plural(thing: str) -> str:
    """Return how a collection of things is called."""
    return thing if thing.endswith("s") or thing in _UNCOUNTED else f"{thing}s"


def key_of(thing: str, schema: Mapping[str, Any]) -> str:
    """Return the field of an input that names one thing; "" if there is none."""
    own = f"{thing}_id"
    if own in schema.get("properties", ()):
        return own
    return next((name for name in ("id", "name") if name in schema.get("required", ())), "")


def routes_of(name: str, kind: str, schema: Mapping[str, Any]) -> tuple[Route, ...]:
    """Return the routes of an operation; the first is the one to show."""
    thing, _, verb = name.partition(".")
    method = "POST" if kind == "command" else "GET"
    collection = f"{ROOT}/{plural(thing)}"
    key = key_of(thing, schema)
    if (verb, kind) in (("list", "query"), ("create", "command")):
        usual = collection
    elif verb in SHOWING and key and kind == "query":
        usual = f"{collection}/{{{key}}}"
    else:
        usual = "/".join([collection, *([f"{{{key}}}"] if key else []), *verb.split(".")])
    better = [Route(method=given, template=template) for given, template in _BETTER.get(name, ())]
    if thing == "task" and "run_id" in schema.get("properties", ()):
        better.append(Route(method=method, template=usual.replace(ROOT, f"{ROOT}/runs/{{run_id}}", 1)))
    return tuple(dict.fromkeys((*better, Route(method=method, template=usual))))
