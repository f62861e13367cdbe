"""Blueprints for the tests of the scaffold agent, and the work items that a planner makes of them."""

from __future__ import annotations

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity, Field


def crud(entity: str, plural: str, *, put: str = "PUT") -> list[Endpoint]:
    path = f"/api/{plural}"
    return [
        Endpoint(method="GET", path=path, entity=entity, action="list"),
        Endpoint(method="POST", path=path, entity=entity, action="create"),
        Endpoint(method="GET", path=f"{path}/{{id}}", entity=entity, action="get"),
        Endpoint(method=put, path=f"{path}/{{id}}", entity=entity, action="update"),
        Endpoint(method="DELETE", path=f"{path}/{{id}}", entity=entity, action="delete"),
    ]


KEY = Field(name="id", type="integer", is_primary_key=True)
MOMENTS = (Field(name="created_at", type="datetime"), Field(name="updated_at", type="datetime"))

AUTHOR = Entity(
    name="Author",
    plural="authors",
    fields=(
        KEY,
        Field(name="name", is_required=True, max_length=120),
        Field(name="born_on", type="date"),
        *MOMENTS,
    ),
)
BOOK = Entity(
    name="Book",
    plural="books",
    fields=(
        KEY,
        Field(name="title", is_required=True, max_length=200),
        Field(name="isbn", is_unique=True, max_length=17),
        Field(name="description", type="text"),
        Field(name="price", type="number", is_required=True),
        Field(name="pages", type="integer"),
        Field(name="in_stock", type="boolean"),
        Field(name="author_id", type="integer", references="Author", is_required=True),
        *MOMENTS,
    ),
)
ORDER = Entity(
    name="Order",
    plural="orders",
    fields=(
        KEY,
        Field(name="status", type="enum", choices=("new", "in-progress", "shipped"), is_required=True),
        Field(name="book_id", type="integer", references="Book", is_required=True),
        Field(name="user_id", type="integer", references="User"),
        Field(name="ordered_at", type="datetime"),
    ),
)
USER = Entity(
    name="User",
    plural="users",
    fields=(
        KEY,
        Field(name="email", is_required=True, is_unique=True),
        Field(name="password", is_required=True, is_secret=True),
        *MOMENTS,
    ),
)
TAG = Entity(name="Tag", plural="tags", fields=(KEY, Field(name="name", is_required=True)))
CLASS = Entity(
    name="Class",
    plural="classes",
    fields=(
        Field(name="order", type="integer"),
        Field(name="from", type="date", is_required=True),
        Field(name="metadata", type="text"),
        Field(name="parent", type="integer", references="Class"),
        Field(name="level", type="enum", choices=("a", 'with "quotes"', "it's")),
    ),
)

BOOKSHOP = Blueprint(
    package="bookshop",
    title="The Bookshop",
    entities=(AUTHOR, USER, BOOK, ORDER, TAG, CLASS),
    endpoints=(
        *crud("Author", "authors"),
        *crud("User", "users"),
        *crud("Book", "books"),
        *crud("Order", "orders"),
        Endpoint(method="PATCH", path="/api/books/{id}", entity="Book", action="update"),
        *crud("Tag", "tags", put="PATCH"),
        *crud("Class", "classes"),
    ),
)


def work_items(blueprint: Blueprint) -> list[dict[str, object]]:
    """Return every work item of a blueprint, in an order in which each finds what it stands on."""
    base = {"package": blueprint.package, "blueprint": blueprint.to_data()}
    names = [entity.name for entity in blueprint.entities]
    items: list[dict[str, object]] = [{"kind": "service.project"}, {"kind": "service.database"}]
    items += [{"kind": "service.model", "entity": name} for name in names]
    items += [{"kind": "service.validation", "entity": name} for name in names]
    items += [
        {"kind": "service.endpoint", "method": endpoint.method, "path": endpoint.path}
        for endpoint in blueprint.endpoints
    ]
    with_routes = {endpoint.entity for endpoint in blueprint.endpoints}
    items += [{"kind": "service.tests", "entity": name} for name in names if name in with_routes]
    items += [{"kind": kind} for kind in ("service.openapi", "service.server", "service.documentation")]
    return [base | item for item in items]
