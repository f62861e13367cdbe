"""What cannot be built fails with the exact reason, and writes nothing."""

from __future__ import annotations

import attrs
import pytest
from scaffold_blueprints import AUTHOR, BOOKSHOP, crud, work_items
from scaffold_fakes import attempt

from mosaic_hookspecs.blueprint import WORK_KINDS, Blueprint, Endpoint, Entity, Field
from mosaic_scaffold.agent import ScaffoldAgent


def shop(*fields: Field, **changes: object) -> Blueprint:
    entity = Entity(name="Thing", plural="things", fields=fields)
    values = {
        "package": "shop",
        "title": "Shop",
        "entities": (entity,),
        "endpoints": tuple(crud("Thing", "things")),
    }
    return Blueprint(**(values | changes))


def entity(name: str, plural: str, *fields: Field) -> Entity:
    return Entity(name=name, plural=plural, fields=fields)


REFERENCE = Field(name="other", type="integer", references="Thing", is_required=True)

BLUEPRINTS = {
    "package is a path": (shop(package="../shop"), "bad-name"),
    "package is a keyword": (shop(package="class"), "bad-name"),
    "package is a module": (shop(package="json"), "bad-name"),
    "package is a dependency": (shop(package="flask"), "bad-name"),
    "field is a path": (shop(Field(name="../../etc")), "bad-name"),
    "field has a space": (shop(Field(name="two words")), "bad-name"),
    "field is dunder": (shop(Field(name="__init__")), "bad-name"),
    "field is too long": (shop(Field(name="x" * 33)), "bad-name"),
    "entity is a path": (shop(entities=(entity("../Thing", "things"),)), "bad-name"),
    "entity is lower case": (shop(entities=(entity("thing", "things"),)), "bad-name"),
    "plural is a path": (shop(entities=(entity("Thing", "../things"),)), "bad-name"),
    "type": (shop(Field(name="a", type="geometry")), "unsupported-field"),
    "two keys": (
        shop(Field(name="id", type="integer"), Field(name="a", type="integer", is_primary_key=True)),
        "unsupported-field",
    ),
    "odd key": (shop(Field(name="id", type="date", is_primary_key=True)), "unsupported-field"),
    "secret number": (shop(Field(name="a", type="integer", is_secret=True)), "unsupported-field"),
    "unique secret": (shop(Field(name="a", is_secret=True, is_unique=True)), "unsupported-field"),
    "unique boolean": (shop(Field(name="a", type="boolean", is_unique=True)), "unsupported-field"),
    "enum without choices": (shop(Field(name="a", type="enum")), "unsupported-field"),
    "enum with a line break": (shop(Field(name="a", type="enum", choices=("a\nb",))), "unsupported-field"),
    "length": (shop(Field(name="a", max_length=0)), "unsupported-field"),
    "same name in Python": (shop(Field(name="class"), Field(name="class_")), "same-name"),
    "same name in SQL": (shop(Field(name="name"), Field(name="Name")), "same-name"),
    "same name by a hash": (shop(Field(name="pin", is_secret=True), Field(name="pin_hash")), "same-name"),
    "same entity": (shop(entities=(AUTHOR, AUTHOR)), "same-name"),
    "same file": (shop(entities=(AUTHOR, entity("Writer", "authors"))), "same-name"),
    "taken test": (shop(entities=(entity("Project", "project"),)), "same-name"),
    "unknown reference": (shop(Field(name="a", type="integer", references="Nobody")), "unknown-entity"),
    "required of itself": (shop(REFERENCE), "required-circle"),
}


@pytest.mark.parametrize(("blueprint", "code"), BLUEPRINTS.values(), ids=BLUEPRINTS)
def test_blueprints_that_cannot_be_built(tmp_path, blueprint, code):
    result, journal = attempt(tmp_path, work_items(blueprint)[0])
    assert result.outcome == "failed"
    assert f"[{code}]" in result.summary
    assert result.summary in journal
    assert list(tmp_path.iterdir()) == []


ENDPOINTS = {
    "custom": (Endpoint(method="POST", path="/api/login"), "an agent with a model"),
    "unknown entity": (Endpoint(method="GET", path="/api/a", entity="Nobody", action="list"), "Nobody"),
    "method": (Endpoint(method="GET", path="/api/a", entity="Thing", action="create"), "not GET"),
    "nested": (Endpoint(method="GET", path="/api/a/{a}/b/{id}", entity="Thing", action="get"), "one parameter"),
    "parameter": (Endpoint(method="GET", path="/api/{a}/b", entity="Thing", action="list"), "{a}"),
    "quotes": (Endpoint(method="GET", path='/api/"a"', entity="Thing", action="list"), "cannot be served"),
    "dots": (Endpoint(method="GET", path="/api/../a", entity="Thing", action="list"), "cannot be served"),
    "health": (Endpoint(method="GET", path="/health", entity="Thing", action="list"), "/health"),
    "keyword": (Endpoint(method="GET", path="/api/{class}", entity="Thing", action="get"), "keyword"),
    "second list": (Endpoint(method="GET", path="/api/more", entity="Thing", action="list"), "already"),
}


@pytest.mark.parametrize(("endpoint", "words"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_endpoints_that_cannot_be_built(tmp_path, endpoint, words):
    first = crud("Thing", "things")[:1] if "already" in words else []
    blueprint = shop(endpoints=(*first, endpoint))
    for item in work_items(attrs.evolve(blueprint, endpoints=()))[:4]:
        assert attempt(tmp_path, item)[0].outcome == "succeeded"
    before = sorted(tmp_path.rglob("*"))
    result, _ = attempt(tmp_path, work_items(blueprint)[4 + len(first)])
    assert result.outcome == "failed"
    assert words in result.summary
    assert "[unsupported-endpoint]" in result.summary
    assert sorted(tmp_path.rglob("*")) == before


GOOD = work_items(BOOKSHOP)[0]


@pytest.mark.parametrize(
    "work",
    [
        {},
        {"kind": "service.spaceship"},
        {"kind": ["service.project"]},
        {"kind": "service.project"},
        {"kind": "service.project", "blueprint": []},
        {"kind": "service.project", "blueprint": {"package": "a"}},
        {"kind": "service.project", "blueprint": {"package": "a", "title": "A", "entities": [7]}},
        {"kind": "service.project", "blueprint": {"package": 7, "title": "A"}},
        GOOD | {"package": "other"},
        GOOD | {"kind": "service.model", "entity": "Nobody"},
        GOOD | {"kind": "service.model"},
        GOOD | {"kind": "service.endpoint", "method": "GET", "path": "/nowhere"},
    ],
)
def test_work_that_is_none(tmp_path, work):
    result, _ = attempt(tmp_path, work)
    assert result.outcome == "failed"
    assert result.summary
    assert list(tmp_path.iterdir()) == []


def test_tests_of_an_entity_without_endpoints(tmp_path):
    for item in work_items(shop(endpoints=()))[:3]:
        attempt(tmp_path, item)
    (tmp_path / "shop/resources/things.py").write_text("")
    result, _ = attempt(
        tmp_path,
        GOOD
        | {
            "package": "shop",
            "blueprint": shop(endpoints=()).to_data(),
            "kind": "service.tests",
            "entity": "Thing",
        },
    )
    assert "[no-endpoints]" in result.summary


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "bookshop").symlink_to(outside, target_is_directory=True)
    result, _ = attempt(inside, GOOD)
    assert "[outside-workspace]" in result.summary
    assert list(outside.iterdir()) == []
    assert [path.name for path in inside.iterdir()] == ["bookshop"]


def test_a_directory_in_the_place_of_a_file(tmp_path):
    (tmp_path / "README.md").mkdir()
    assert "[not-a-file]" in attempt(tmp_path, GOOD)[0].summary


def test_routes_that_are_no_python_are_left_alone(tmp_path):
    items = work_items(shop())
    for item in items[:4]:
        attempt(tmp_path, item)
    broken = tmp_path / "shop/resources/things.py"
    broken.write_text("def (")
    assert "[bad-source]" in attempt(tmp_path, items[4])[0].summary
    assert broken.read_text() == "def ("


def test_a_task_without_workspace(tmp_path):
    assert attempt(None, GOOD)[0].outcome == "failed"


def test_what_it_offers():
    offer = ScaffoldAgent().offer
    assert (offer.name, offer.labels, offer.is_general) == ("scaffold", frozenset(WORK_KINDS), False)
    assert not offer.takes("", frozenset())
    assert not offer.takes("", frozenset({"spaceship"}))
    assert offer.takes("", frozenset({"service.model"}))
