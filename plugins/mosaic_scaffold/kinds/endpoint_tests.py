"""The tests of one action of an entity's endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..columns import Column
from ..routes import Route
from ..service import Resource, Service
from ..source import bracketed, imports, literal
from .samples import fixed_json

_SIGNATURE = "(client: FlaskClient, session: orm.Session) -> None:\n"


def endpoint_tests_text(service: Service, resource: Resource, routes: list[Route]) -> str:
    """Return the module ``tests/test_PLURAL_ACTION.py``; an update may have two routes."""
    tests: list[str] = []
    for route in routes:
        tests += _TESTS[route.verb](service, resource, route)
    body = "\n\n".join(tests)
    names = ", ".join(f"{route.method} {route.path}" for route in routes)
    return test_module(service, resource, f"The endpoint {names}.", body)


def test_module(service: Service, resource: Resource, title: str, body: str) -> str:
    """Return a module of tests: its docstring, the imports that `body` needs, and `body`."""
    others = ["from flask.testing import FlaskClient"]
    if "orm." in body:
        others.append("from sqlalchemy import orm")
    own = []
    factories = [name for name in (f"{resource.snake}_payload", f"make_{resource.snake}") if f"{name}(" in body]
    if factories:
        own.append(f"from tests.factories.{resource.module} import {', '.join(sorted(factories))}")
    for column in resource.references:
        target = service.resources[column.references]
        if f" make_{target.snake}(" in body and target is not resource:
            own.append(f"from tests.factories.{target.module} import make_{target.snake}")
    if f"{resource.name}," in body:
        own.append(f"from {service.package}.models.{resource.module} import {resource.name}")
    text = f'"""{title}"""\n\nfrom __future__ import annotations\n\n{imports(*others)}'
    return text + (f"\n{imports(*own)}" if own else "") + "\n\n" + body


def changeable(service: Service, resource: Resource) -> Column | None:
    """Return a column that tests can change to any other good value."""
    return next(
        (
            column
            for column in resource.inputs
            if not column.references and not column.is_secret and column.type != "enum"
        ),
        None,
    )


def _list(service: Service, resource: Resource, route: Route) -> list[str]:
    snake, path, key = resource.snake, literal(route.path), resource.key
    three = f"    rows = [make_{snake}(session) for _ in range(3)]\n"
    tests = [
        (
            f"def test_none_at_first(client: FlaskClient) -> None:\n"
            f"    response = client.get({path})\n"
            f"    assert response.status_code == 200\n"
            f'    assert response.json == {{"items": [], "total": 0, "limit": 20, "offset": 0}}\n'
        ),
        (
            f"def test_pages{_SIGNATURE}{three}"
            f'    query = {{"limit": 2, "offset": 1}}\n'
            f"    page = client.get({path}, query_string=query).get_json()\n"
            f'    assert page["total"] == 3\n'
            f"    expected = sorted(row.{key.attribute} for row in rows)[1:]\n"
            f'    assert [item[{literal(key.name)}] for item in page["items"]] == expected\n'
        ),
        (
            f"def test_sorts_downwards{_SIGNATURE}{three}"
            f'    query = {{"sort": {literal("-" + key.name)}}}\n'
            f"    page = client.get({path}, query_string=query).get_json()\n"
            f"    expected = sorted((row.{key.attribute} for row in rows), reverse=True)\n"
            f'    assert [item[{literal(key.name)}] for item in page["items"]] == expected\n'
        ),
        (
            f"def test_unknown_arguments_are_refused(client: FlaskClient) -> None:\n"
            f'    wrong = {{"limit": "0", "offset": "-1", "sort": "nothing", "unheard-of": "1"}}\n'
            f"    response = client.get({path}, query_string=wrong)\n"
            f"    assert response.status_code == 422\n"
            f'    errors = response.get_json(force=True)["errors"]\n'
            f'    assert {{error["field"] for error in errors}} == set(wrong)\n'
        ),
    ]
    return tests + [_filter(service, resource, column, path) for column in resource.columns if column.is_filter]


def _filter(service: Service, resource: Resource, column: Column, path: str) -> str:
    text = f"def test_filters_{column.name}{_SIGNATURE}"
    if column.references:
        target = service.resources[column.references]
        text += f"    wanted = make_{target.snake}(session).{target.key.attribute}\n"
        text += f"    other = make_{target.snake}(session).{target.key.attribute}\n"
    else:
        text += f"    wanted = {literal(column.choices[0])}\n"
        other = literal(column.choices[1]) if len(column.choices) > 1 else None
        text += f"    other = {other}\n" if other or not column.is_required else ""
    for value in ("other", "wanted"):
        if f"    {value} =" in text:
            name = "row = " if value == "wanted" else ""
            arguments = ["session", f"{column.attribute}={value}"]
            text += bracketed(f"{name}make_{resource.snake}(", arguments, ")", depth=1)
    text += bracketed(
        "response = client.get(", [path, f"query_string={{{literal(column.name)}: wanted}}"], ")", depth=1
    )
    return text + (
        f'    found = [item[{literal(resource.key.name)}] for item in response.get_json()["items"]]\n'
        f"    assert found == [row.{resource.key.attribute}]\n"
    )


def _get(service: Service, resource: Resource, route: Route) -> list[str]:
    return [
        (
            f"def test_shows_one{_SIGNATURE}"
            f"    row = make_{resource.snake}(session)\n"
            + bracketed("response = client.get(", [_url(resource, route)], ")", depth=1)
            + "    assert response.status_code == 200\n"
            "    assert response.json == row.to_dict()\n"
        ),
        _unknown(resource, route, ""),
    ]


def _create(service: Service, resource: Resource, route: Route) -> list[str]:
    path, key = literal(route.path), resource.key
    text = f"def test_stores_one{_SIGNATURE}"
    text += f"    payload = {resource.snake}_payload(session)\n"
    text += f"    response = client.post({path}, json=payload)\n"
    text += "    assert response.status_code == 201\n"
    text += "    stored = response.get_json()\n"
    text += bracketed("row = session.get(", [resource.name, f"stored[{literal(key.name)}]"], ")", depth=1)
    text += "    assert row is not None\n    assert stored == row.to_dict()\n"
    text += _same_values(resource)
    if show := resource.route("get"):
        text += f'    assert response.headers["Location"] == {show.url(f"row.{key.attribute}")}\n'
    tests = [text, *_refusals(service, resource, route)]
    if any(column.is_unique for column in resource.inputs):
        tests.append(
            f"def test_unique_values_are_taken_once{_SIGNATURE}"
            f"    payload = {resource.snake}_payload(session)\n"
            + _unique_payload(service, resource)
            + f"    assert client.post({path}, json=payload).status_code == 201\n"
            f"    response = client.post({path}, json=payload)\n"
            f"    assert response.status_code == 409\n"
            f'    assert response.content_type == "application/problem+json"\n'
        )
    return tests


def _update(service: Service, resource: Resource, route: Route) -> list[str]:
    verb, client_method = route.verb, route.method.lower()
    column = changeable(service, resource)
    text = f"def test_{verb}s_one{_SIGNATURE}    row = make_{resource.snake}(session)\n"
    if route.method == "PUT":
        text += f"    payload = {resource.snake}_payload(session)\n"
        if column is not None:
            text += f"    payload[{literal(column.name)}] = {fixed_json(service, column)[0]}\n"
    elif column is not None:
        text += f"    payload = {{{literal(column.name)}: {fixed_json(service, column)[0]}}}\n"
    else:
        text += "    payload: dict[str, object] = {}\n"
    arguments = [_url(resource, route), "json=payload"]
    text += bracketed(f"response = client.{client_method}(", arguments, ")", depth=1)
    text += "    assert response.status_code == 200\n"
    text += "    stored = response.get_json()\n    session.refresh(row)\n    assert stored == row.to_dict()\n"
    text += _same_values(resource)
    return [
        text,
        *_refusals(service, resource, route),
        _unknown(resource, route, f"_{verb}", body=f"{resource.snake}_payload(session)"),
    ]


def _delete(service: Service, resource: Resource, route: Route) -> list[str]:
    return [
        (
            f"def test_deletes_one{_SIGNATURE}"
            f"    row = make_{resource.snake}(session)\n"
            + bracketed("response = client.delete(", [_url(resource, route)], ")", depth=1)
            + f'    assert (response.status_code, response.data) == (204, b"")\n'
            f"    key = row.{resource.key.attribute}\n"
            f"    session.expunge_all()\n"
            f"    assert session.get({resource.name}, key) is None\n"
        ),
        _unknown(resource, route, ""),
    ]


def _same_values(resource: Resource) -> str:
    """Return lines that compare `stored` with `payload`: secrets are gone, the rest is the same."""
    secrets = [column for column in resource.inputs if column.is_secret]
    text = "".join(f"    payload.pop({literal(column.name)}, None)\n" for column in secrets)
    return text + "    assert payload.items() <= stored.items()\n"


def _unknown(resource: Resource, route: Route, suffix: str, body: str = "") -> str:
    nothing = "999999" if resource.key.type == "integer" else "nothing"
    path = literal(route.path.replace(f"{{{route.parameter}}}", nothing))
    signature = _SIGNATURE if body else "(client: FlaskClient) -> None:\n"
    arguments = [path, f"json={body}"] if body else [path]
    return (
        f"def test_unknown_ids_are_not_found{suffix}{signature}"
        + bracketed(f"response = client.{route.method.lower()}(", arguments, ")", depth=1)
        + "    assert response.status_code == 404\n"
        + '    assert response.content_type == "application/problem+json"\n'
    )


def _refusals(service: Service, resource: Resource, route: Route) -> list[str]:
    method = route.method.lower()
    url = _url(resource, route) if route.parameter else literal(route.path)
    suffix = f"_{route.verb}" if route.action == "update" else ""
    make = f"    row = make_{resource.snake}(session)\n" if "row." in url else ""
    signature = _SIGNATURE if make else "(client: FlaskClient) -> None:\n"
    tests = [
        (
            f"def test_unknown_fields_are_refused{suffix}{_SIGNATURE}{make}"
            f'    payload = {resource.snake}_payload(session) | {{"no such field": 1}}\n'
            + bracketed(f"response = client.{method}(", [url, "json=payload"], ")", depth=1)
            + "    assert response.status_code == 422\n"
            '    error = {"field": "no such field", "message": "is not known"}\n'
            '    assert response.get_json(force=True)["errors"] == [error]\n'
        ),
        f"def test_only_json_is_taken{suffix}{signature}{make}"
        + bracketed(
            f"broken = client.{method}(", [url, 'data="{"', 'content_type="application/json"'], ")", depth=1
        )
        + "    assert broken.status_code == 400\n"
        + bracketed(f"plain = client.{method}(", [url, 'data="text"'], ")", depth=1)
        + "    assert plain.status_code == 415\n",
    ]
    for column in resource.references:
        target = service.resources[column.references]
        nothing = "999999" if target.key.type == "integer" else '"nothing"'
        tests.append(
            f"def test_{column.name}_must_exist{suffix}{_SIGNATURE}{make}"
            + bracketed(
                f"payload = {resource.snake}_payload(session) | {{",
                [f"{literal(column.name)}: {nothing}"],
                "}",
                depth=1,
            )
            + bracketed(f"response = client.{method}(", [url, "json=payload"], ")", depth=1)
            + "    assert response.status_code == 422\n"
            '    assert response.get_json(force=True)["errors"][0]["field"] == ' + f"{literal(column.name)}\n"
        )
    return tests


def _unique_payload(service: Service, resource: Resource) -> str:
    """Return lines that fill an optional unique reference, which payloads leave out."""
    text = ""
    columns = [column for column in resource.inputs if column.is_unique]
    if all(column.references and not column.is_required for column in columns):
        target = service.resources[columns[0].references]
        text = f"    target = make_{target.snake}(session)\n"
        text += f"    payload[{literal(columns[0].name)}] = target.{target.key.attribute}\n"
    return text


def _url(resource: Resource, route: Route) -> str:
    return route.url(f"row.{resource.key.attribute}")


_TESTS: Mapping[str, Callable[[Service, Resource, Route], list[str]]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "replace": _update,
    "update": _update,
    "delete": _delete,
}
