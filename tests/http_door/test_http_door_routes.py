"""Routes: the rule, the table, and that every operation can be reached."""

import pytest

from mosaic_http.routes import plural, routes_of


def shown(name, kind, *required, optional=()):
    fields = {field: {"type": "string"} for field in (*required, *optional)}
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return [f"{route.method} {route.template}" for route in routes_of(name, kind, schema)]


@pytest.mark.parametrize(
    ("given", "routes"),
    [
        (shown("ticket.list", "query"), ["GET /api/tickets"]),
        (shown("ticket.create", "command", "title"), ["POST /api/tickets"]),
        (shown("ticket.show", "query", "ticket_id"), ["GET /api/tickets/{ticket_id}"]),
        (shown("ticket.show", "query", optional=["ticket_id"]), ["GET /api/tickets/{ticket_id}"]),
        (shown("ticket.info", "query", "id"), ["GET /api/tickets/{id}"]),
        (shown("ticket.show", "query", "who"), ["GET /api/tickets/show"]),
        (shown("ticket.close", "command", "name"), ["POST /api/tickets/{name}/close"]),
        (shown("ticket.close", "command", optional=["name"]), ["POST /api/tickets/close"]),
        (shown("ticket.close.all", "command"), ["POST /api/tickets/close/all"]),
        (shown("ticket.follow", "stream"), ["GET /api/tickets/follow"]),
        (shown("storage.info", "query"), ["GET /api/storage/info"]),
        (shown("costs.show", "query"), ["GET /api/costs/show"]),
        (
            shown("task.why", "query", "task_id", optional=["run_id"]),
            ["GET /api/runs/{run_id}/tasks/{task_id}/why", "GET /api/tasks/{task_id}/why"],
        ),
        (
            shown("event.follow", "stream", optional=["run_id"]),
            ["GET /api/events", "GET /api/runs/{run_id}/events", "GET /api/events/follow"],
        ),
    ],
)
def test_the_rule(given, routes):
    assert given == routes


def test_what_is_not_counted_has_no_plural():
    assert [plural("run"), plural("plugins"), plural("storage")] == ["runs", "plugins", "storage"]


async def test_every_operation_has_a_route_of_its_own(door):
    kernel, http = door
    found = (await kernel.dispatch("operations.list")).operations
    document = (await http.get("/api/openapi.json")).json()
    reached = {
        (method.upper(), path): entry.get("x-mosaic-operation")
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
    }
    assert {one.name for one in found} | {None} == set(reached.values())
    for one in found:
        for route in routes_of(one.name, one.kind.value, one.input):
            assert reached[route.method, route.template] == one.name
