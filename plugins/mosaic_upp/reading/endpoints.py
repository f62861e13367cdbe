"""Endpoints: ``METHOD /path`` in words, code, tables, and OpenAPI documents. Owns their normal form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_CALL = re.compile(
    r"(?<![\w/])(?P<methods>(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)(?:\s*[/|,]\s*(?:GET|POST|PUT|PATCH|DELETE))*)"
    r"[\s`*:|]{1,8}(?:https?://[\w.:-]+)?(?P<path>/[\w\-./:{}<>\[\]$@~?=&%+*]*)"
)
_LOWER_CALL = re.compile(r"`(?P<methods>get|post|put|patch|delete)\s+(?P<path>/[\w\-./:{}<>\[\]]*)[^`]*`")
_PARAMETER = re.compile(r":(\w+)|<(?:\w+:)?(\w+)>|\[(\w+)\]|\{(\w+)(?::[^}]*)?\}|\$(\w+)")
_YAML_PATH = re.compile(r"^(\s*)[\"']?(/[^\s\"':]*(?:\{\w+\}[^\s\"':]*)*)[\"']?:\s*$")
_YAML_METHOD = re.compile(r"^(\s*)(get|post|put|patch|delete|head|options):\s*$")
_YAML_SUMMARY = re.compile(r"^\s*summary:\s*[\"']?(.+?)[\"']?\s*$")
_SAYS = re.compile(r"^[^{\[]*[^\W\d_]{2}")
_PATH_ONLY = re.compile(r"/[\w\-./:{}<>\[\]]*")


@attrs.frozen(kw_only=True)
class Route:
    """One endpoint as it was read; `line` counts from the start of the text (0-based)."""

    method: str
    path: str
    summary: str = ""
    line: int = 0
    query: str = ""


def normal_path(path: str) -> str:
    """Write parameters as ``{id}``, without query, trailing slash or punctuation."""
    path = path.split("?", maxsplit=1)[0].rstrip(".,;)")
    path = _PARAMETER.sub(lambda match: "{" + next(group for group in match.groups() if group) + "}", path)
    return path.rstrip("/*") or "/"


def routes_in(raw: str) -> list[Route]:
    """Find every ``METHOD /path`` in a text; the rest of the text is the summary."""
    found: list[Route] = []
    for pattern in (_CALL, _LOWER_CALL):
        for match in pattern.finditer(raw):
            summary = _summary(raw[match.end() :]) or _summary(raw[: match.start()])
            path, query = match["path"].rstrip("`*"), ""
            if "?" in path:
                query = path.split("?", 1)[1]
            for method in re.split(r"\s*[/|,]\s*", match["methods"]):
                if method:
                    route = Route(
                        method=method.upper(),
                        path=normal_path(path),
                        summary=summary,
                        line=raw.count("\n", 0, match.start()),
                        query=query,
                    )
                    found.append(route)
    return found


def _summary(text: str) -> str:
    text = text.split("\n", 1)[0]
    match = _CALL.search(text)
    text = (text[: match.start()] if match else text).strip()
    return re.sub(r"\s+", " ", re.sub(r"[*`|]", " ", text)).strip(" -–—:.,;()→>#")[:200]


def route_of_cells(header: Sequence[str], cells: Sequence[str]) -> list[Route]:
    """Read a table row whose header has a column for the method and one for the path."""
    names = [name.lower() for name in header]
    method = _column(names, ("method", "verb", "http"))
    path = _column(names, ("path", "endpoint", "url", "uri", "route", "resource"))
    if method is None or path is None or max(method, path) >= len(cells):
        return []
    where = _PATH_ONLY.search(cells[path])
    verbs = [word for word in re.findall(r"[A-Za-z]+", cells[method].upper()) if word in METHODS]
    if where is None or not verbs:
        return []
    said = _column(names, ("descr", "purpose", "summary", "action", "what", "function", "response", "result"))
    rest = [cell for index, cell in enumerate(cells) if index not in (method, path) and _SAYS.search(cell)]
    summary = cells[said] if said is not None and said < len(cells) and _SAYS.search(cells[said]) else ""
    summary = summary or (rest[0] if rest else "")
    return [Route(method=verb, path=normal_path(where[0]), summary=summary) for verb in verbs]


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((index for index, name in enumerate(names) if any(word in name for word in wanted)), None)


def routes_in_openapi(text: str) -> Iterator[Route]:
    """Read the paths of an OpenAPI fragment in YAML, by its indentation."""
    lines = text.split("\n")
    current, indent = "", 0
    for number, line in enumerate(lines):
        path = _YAML_PATH.match(line)
        method = _YAML_METHOD.match(line)
        if path:
            current, indent = path[2], len(path[1])
        elif method and current and len(method[1]) > indent:
            found = (_YAML_SUMMARY.match(later) for later in lines[number + 1 : number + 4])
            summary = next((match[1] for match in found if match), "")
            yield Route(method=method[2].upper(), path=normal_path(current), summary=summary, line=number)
