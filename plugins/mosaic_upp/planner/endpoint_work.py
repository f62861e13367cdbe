"""Work on endpoints for agents at large: each route with its test, by resource, what signs in first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mosaic_hookspecs.plan import Requirement

from ..reading.names import snake
from .outline import Section
from .wording import every_id
from .worklist import WorkList

_AUTH = re.compile(r"auth|login|logout|register|signup|sign-up|session|token|password", re.IGNORECASE)
_ROUTES = Mapping[tuple[str, str], Sequence[Requirement]]


def add_endpoints(work: WorkList) -> None:
    """Add the work on every endpoint; all others wait for those that sign in."""
    groups = _grouped(work.of("endpoint"))
    before = work.base
    parts: list[Section] = []
    for name in sorted(groups, key=lambda name: 0 if _AUTH.search(name) else 1):
        pairs, last = _resource(work, groups[name], before)
        if _AUTH.search(name):
            before = (last,)
        parts.append(Section(title=f"Endpoints of {name}", parts=pairs))
    work.add("API", parts)
    if groups:
        work.gate(
            "api",
            "API as a whole",
            "Test the API as a whole: error format, unknown routes, refused methods",
            ("endpoint",),
        )


def _grouped(endpoints: Sequence[Requirement]) -> Mapping[str, _ROUTES]:
    groups: dict[str, dict[tuple[str, str], list[Requirement]]] = {}
    for each in endpoints:
        route = (str(each.data["method"]), str(each.data["path"]))
        groups.setdefault(_resource_of(route[1]), {}).setdefault(route, []).append(each)
    return groups


def _resource(work: WorkList, routes: _ROUTES, before: Sequence[str]) -> tuple[list[Section], str]:
    """Make the work on one resource's routes in a chain; return it with the chain's last key."""
    pairs: list[Section] = []
    last = ""
    for (method, path), found in routes.items():
        key, label, serves = f"route:{method} {path}", f"{method} {path}", every_id(found)
        made = (
            work.item(
                key,
                f"Implement {label}",
                25,
                (last,) if last else before,
                serves,
                description=found[0].text,
                brief=label,
                owns=(f"route:{label}",),
            ),
            work.item(
                f"proof:{label}",
                f"Test {label} with right, wrong and unauthorised requests",
                20,
                (key,),
                serves,
                brief=f"tests of {label}",
            ),
        )
        last = key
        pairs.append(Section(title=label, parts=made))
    return pairs, last


def _resource_of(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    while len(parts) > 1 and re.fullmatch(r"api|v\d+|rest", parts[0], re.IGNORECASE):
        parts = parts[1:]
    return snake(parts[0]).replace("_", " ") if parts and snake(parts[0]) else "the root"
