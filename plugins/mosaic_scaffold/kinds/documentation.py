"""``service.documentation``: the README, with every endpoint."""

from __future__ import annotations

from ..rendering import render
from ..service import Resource, Service
from ..work import Work

_SUMMARIES = {
    "list": "List {plural}, page by page",
    "create": "Store {article}",
    "get": "Show {article}",
    "replace": "Replace {article}",
    "update": "Change fields of {article}",
    "delete": "Delete {article}",
}


def files(work: Work) -> dict[str, str]:
    """Return the README, and the command that checks it, which a plan may not have asked for yet."""
    service = work.service
    text = render("README.md", service) + "\n" + _routes(service) + _resources(service)
    return {
        "README.md": text,
        f"{service.package}/__main__.py": render("main.py", service),
    }


def _routes(service: Service) -> str:
    lines = ["## Endpoints", "", "| Endpoint | What it does |", "| --- | --- |"]
    lines.append("| `GET /health` | Say that the service is up |")
    lines.append("| `GET /openapi.json` | Describe every endpoint (OpenAPI 3.1) |")
    for resource in service.resources.values():
        for route in resource.routes:
            words = _SUMMARIES[route.verb].format(
                plural=resource.plural.replace("_", " "), article=resource.article
            )
            lines.append(f"| `{route.method} {route.path}` | {words} |")
    return "\n".join(lines) + "\n"


def _resources(service: Service) -> str:
    text = _CONVENTIONS
    for resource in service.resources.values():
        text += f"\n### {resource.name}\n\n" + _fields(service, resource)
    return text


def _fields(service: Service, resource: Resource) -> str:
    lines = ["| Field | Type | Rules |", "| --- | --- | --- |"]
    for column in resource.columns:
        rules = []
        if column not in resource.inputs:
            rules.append("set by the service")
        elif column.is_required:
            rules.append("required")
        if column.is_unique:
            rules.append("unique")
        if column.is_secret:
            rules.append("kept as a hash, never sent back")
        if column.max_length is not None and not column.references:
            rules.append(f"at most {column.max_length} characters")
        if column.choices and not column.references:
            rules.append("one of " + ", ".join(f"`{_cell(choice)}`" for choice in column.choices))
        if column.references:
            rules.append(f"refers to {column.references}")
        lines.append(f"| `{column.name}` | {service.key_type(column)} | {', '.join(rules)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


_CONVENTIONS = """
Lists take `limit` (1 to 100, default 20), `offset` and `sort` (a field, with a minus in front for
descending order), and can be narrowed by the fields that are enums or references. They answer
`{"items": […], "total": 0, "limit": 20, "offset": 0}`.

Errors are problem details (`application/problem+json`): 400 for a body that is not JSON, 404 for what
does not exist, 409 for a conflict with what is stored, 422 for input that breaks rules, with each
broken rule in `errors`.

## What it keeps
"""
