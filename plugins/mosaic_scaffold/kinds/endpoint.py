"""``service.endpoint``: one route of an entity, and its tests.

The routes of an entity share a file, to which each task adds its own. The file is written anew from
the routes that are in it, found by parsing it, and the new one; so the same work done twice, or in
another order, ends in the same text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from mosaic_hookspecs.errors import InputError

from ..routes import Route
from ..service import Resource, Service
from ..source import bracketed, exploded, imports, literal, string_tuple
from ..work import Work
from .endpoint_tests import endpoint_tests_text


def files(work: Work, read: Callable[[str], str | None]) -> dict[str, str]:
    """Return the entity's routes, with the new one, and the tests of its action.

    Args:
        work: names the endpoint.
        read: returns the text of a file of the workspace, None if there is none.
    """
    service, resource, route = work.service, work.require_resource(), work.require_route()
    path = f"{service.package}/resources/{resource.plural_module}.py"
    present = _present(read(path) or "", path)
    routes = [r for r in resource.routes if r is route or function_name(resource, r) in present]
    same_action = [r for r in routes if r.action == route.action]
    return {
        path: resource_text(service, resource, routes),
        f"tests/test_{resource.plural}_{route.action}.py": endpoint_tests_text(service, resource, same_action),
    }


def function_name(resource: Resource, route: Route) -> str:
    """Return the name of a route's function."""
    return f"{route.verb}_{resource.plural if route.action == 'list' else resource.snake}"


def resource_text(service: Service, resource: Resource, routes: list[Route]) -> str:
    """Return the module with these routes of an entity."""
    text = f'"""The routes of {resource.plural.replace("_", " ")}."""\n\nfrom __future__ import annotations\n\n'
    body = _resource_record(resource, service)
    for route in routes:
        body += "\n\n" + _view(resource, route)
    text += "from typing import Any\n\nimport flask\n\n" if "Any" in body else "import flask\n\n"
    models = {resource.name, *(column.references for column in resource.references)}
    text += imports(
        "from .. import database, queries",
        *(f"from ..models.{service.resources[name].module} import {name}" for name in models),
        f"from ..validation.{resource.module} import FIELDS, READ_ONLY",
    )
    text += f"\nblueprint = flask.Blueprint({literal(resource.plural)}, __name__)\n\n"
    return text + body


def _present(text: str, path: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise InputError(
            "bad-source",
            "the file of routes is not Python, so no route can be added",
            where=path,
            got=str(error),
            hint="Repair or delete the file.",
        ) from error
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _resource_record(resource: Resource, service: Service) -> str:
    filters = [column.name for column in resource.columns if column.is_filter]
    sortable = [column.name for column in resource.columns if column.is_sortable]
    references = [f"{literal(column.name)}: {column.references}" for column in resource.references]
    items = [
        f"    name={literal(resource.name)},\n",
        f"    model={resource.name},\n",
        "    fields=FIELDS,\n    read_only=READ_ONLY,\n",
    ]
    if filters:
        items.append(string_tuple("filters=", filters, ",", depth=1))
    items.append(string_tuple("sortable=", sortable, ",", depth=1))
    if references:
        items.append(exploded("references={", references, "},", depth=1))
    return f"RESOURCE = queries.Resource(\n{''.join(items)})\n"


def _view(resource: Resource, route: Route) -> str:
    converter = "int" if resource.key.type == "integer" else "string"
    key_type = "int" if resource.key.type == "integer" else "str"
    parameters = [f"{route.parameter}: {key_type}"] if route.parameter else []
    returns = {"create": "tuple[dict[str, Any], int, dict[str, str]]", "delete": "tuple[str, int]"}
    name, words = function_name(resource, route), resource.words
    text = f"@blueprint.{route.method.lower()}({literal(route.rule(converter))})\n"
    text += bracketed(f"def {name}(", parameters, f") -> {returns.get(route.verb, 'dict[str, Any]')}:")
    summary = {
        "list": f"List {resource.plural.replace('_', ' ')}, page by page.",
        "get": f"Show {resource.article}.",
        "create": f"Store {resource.article}.",
        "replace": f"Replace {resource.article}.",
        "update": f"Change fields of {resource.article}.",
        "delete": f"Delete {resource.article}, to which nothing may refer any more.",
    }[route.verb]
    text += f'    """{summary}"""\n'
    return text + _BODIES[route.verb].format(
        model=resource.name, key=route.parameter, words=words, location=_location(resource)
    )


def _location(resource: Resource) -> str:
    route = resource.route("get")
    if route is None:
        return "{}"
    return f'{{"Location": {route.url(f"row.{resource.key.attribute}")}}}'


_BODIES = {
    "list": "    return queries.read_page(database.current_session(), RESOURCE, flask.request.args)\n",
    "get": "    return queries.find(database.current_session(), RESOURCE, {key}).to_dict()\n",
    "create": """\
    session = database.current_session()
    values = queries.read_input(session, RESOURCE, flask.request.get_json(), "create")
    row = {model}(**values)
    session.add(row)
    database.commit(session)
    return row.to_dict(), 201, {location}
""",
    "replace": """\
    session = database.current_session()
    row = queries.find(session, RESOURCE, {key})
    values = queries.read_input(session, RESOURCE, flask.request.get_json(), "replace")
    return queries.change(session, row, values).to_dict()
""",
    "update": """\
    session = database.current_session()
    row = queries.find(session, RESOURCE, {key})
    values = queries.read_input(session, RESOURCE, flask.request.get_json(), "modify")
    return queries.change(session, row, values).to_dict()
""",
    "delete": """\
    session = database.current_session()
    session.delete(queries.find(session, RESOURCE, {key}))
    database.commit(session)
    return "", 204
""",
}
