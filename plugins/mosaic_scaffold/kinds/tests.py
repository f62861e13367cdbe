"""``service.tests``: the whole life of an entity's rows, over all of its endpoints."""

from __future__ import annotations

from mosaic_hookspecs.errors import InputError

from ..service import Resource, Service
from ..source import bracketed, literal
from ..work import Work
from .endpoint_tests import changeable, test_module
from .samples import fixed_json

_SIGNATURE = "(client: FlaskClient, session: orm.Session) -> None:\n"


def files(work: Work) -> dict[str, str]:
    """Return the tests of every endpoint of the entity, working together."""
    service, resource = work.service, work.require_resource()
    if not resource.routes:
        raise InputError(
            "no-endpoints",
            f"{resource.name} has no endpoint that could be tested",
            where=f"blueprint.entities.{resource.name}",
        )
    body = "\n\n".join([_life(service, resource), *_errors(resource), *_pages(resource)])
    title = f"The life of {resource.plural.replace('_', ' ')}, over all endpoints."
    return {f"tests/test_{resource.plural}.py": test_module(service, resource, title, body)}


def _life(service: Service, resource: Resource) -> str:
    """Return a test that goes through all actions that there are, in the order of a life."""
    snake, key = resource.snake, literal(resource.key.name)
    text = f"def test_the_life_of_one{_SIGNATURE}"
    later = _later(service, resource, key)
    if create := resource.route("create"):
        text += f"    payload = {snake}_payload(session)\n"
        text += f"    created = client.post({literal(create.path)}, json=payload)\n"
        text += "    assert created.status_code == 201\n"
        value = f"created.get_json()[{key}]"
    else:
        value = f"make_{snake}(session).{resource.key.attribute}"
    return text + (f"    key = {value}\n{later}" if later else f"    assert {value}\n")


def _later(service: Service, resource: Resource, key: str) -> str:
    """Return the lines that follow the birth of a row, whose key is in the variable ``key``."""
    text = ""
    if show := resource.route("get"):
        text += f"    assert client.get({show.url('key')}).get_json()[{key}] == key\n"
    if listed := resource.route("list"):
        text += f'    items = client.get({literal(listed.path)}).get_json()["items"]\n'
        text += f"    assert [item[{key}] for item in items] == [key]\n"
    text += _changes(service, resource)
    if delete := resource.route("delete"):
        text += f"    assert client.delete({delete.url('key')}).status_code == 204\n"
        text += f"    assert client.delete({delete.url('key')}).status_code == 404\n"
        if show:
            text += f"    assert client.get({show.url('key')}).status_code == 404\n"
        if listed:
            text += f'    assert client.get({literal(listed.path)}).get_json()["total"] == 0\n'
    return text


def _changes(service: Service, resource: Resource) -> str:
    column = changeable(service, resource)
    if column is None:
        return ""
    name, value = literal(column.name), fixed_json(service, column)[0]
    text = ""
    for route in (resource.route("update", "PUT"), resource.route("update", "PATCH")):
        if route is None:
            continue
        base = f"{resource.snake}_payload(session) | " if route.method == "PUT" else ""
        text += bracketed(f"changes = {base}{{", [f"{name}: {value}"], "}", depth=1)
        text += f"    changed = client.{route.method.lower()}({route.url('key')}, json=changes)\n"
        text += f"    assert changed.get_json()[{name}] == changes[{name}]\n"
    return text


def _errors(resource: Resource) -> list[str]:
    tests = []
    create = resource.route("create")
    if create and any(column.is_required for column in resource.inputs):
        required = [literal(column.name) for column in resource.inputs if column.is_required]
        tests.append(
            f"def test_every_error_is_named(client: FlaskClient) -> None:\n"
            f"    response = client.post({literal(create.path)}, json={{}})\n"
            f"    assert response.status_code == 422\n"
            f'    errors = response.get_json(force=True)["errors"]\n'
            '    named = {error["field"] for error in errors}\n'
            f"    assert named == {{{', '.join(required)}}}\n"
        )
    return tests


def _pages(resource: Resource) -> list[str]:
    listed = resource.route("list")
    if listed is None:
        return []
    key = literal(resource.key.name)
    return [
        (
            f"def test_pages_hold_everything_once{_SIGNATURE}"
            f"    keys = {{make_{resource.snake}(session).{resource.key.attribute} for _ in range(5)}}\n"
            f"    found = []\n"
            f"    for offset in (0, 2, 4):\n"
            f'        query = {{"limit": 2, "offset": offset}}\n'
            f"        page = client.get({literal(listed.path)}, query_string=query).get_json()\n"
            f'        found += [item[{key}] for item in page["items"]]\n'
            f"    assert (len(found), set(found)) == (5, keys)\n"
        )
    ]
