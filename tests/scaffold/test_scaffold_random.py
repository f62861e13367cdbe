"""Whatever valid blueprint comes, what is written is Python, and clean."""

from __future__ import annotations

import os

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scaffold_blueprints import work_items
from scaffold_fakes import build_all, run, tree

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity, Field

TIMES = int(os.environ.get("MOSAIC_CHAOS", "1"))
WORDS = ["class", "import", "order", "select", "from", "metadata", "registry", "str", "sa", "dt", "note", "x9"]
field_names = st.sampled_from(WORDS) | st.from_regex(r"[a-z][a-z0-9_]{0,16}[a-z]", fullmatch=True)
class_names = st.sampled_from(
    ["Class", "Date", "Text", "Session", "Base", "Blueprint", "Response", "OrderLine"]
)
class_names |= st.from_regex(r"[A-Z][a-z]{1,6}([A-Z][a-z]{1,6}){0,2}", fullmatch=True)
choices = st.lists(
    st.text(st.characters(codec="ascii", categories=("L", "P", "N")), min_size=1, max_size=30),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def fields(draw, targets):
    kind = draw(st.sampled_from(("integer", "number", "string", "text", "boolean", "date", "datetime", "enum")))
    found = Field(name="", type=kind, is_required=draw(st.booleans()))
    if kind == "enum":
        return attrs.evolve(found, choices=tuple(draw(choices)))
    if kind == "integer" and targets and draw(st.booleans()):
        return attrs.evolve(found, references=draw(st.sampled_from(targets)), is_unique=draw(st.booleans()))
    if kind in ("string", "text"):
        length = draw(st.none() | st.integers(1, 300))
        secret = draw(st.booleans())
        return attrs.evolve(
            found, max_length=length, is_secret=secret, is_unique=not secret and draw(st.booleans())
        )
    return found


@st.composite
def blueprints(draw):
    names = draw(st.lists(class_names, min_size=1, max_size=3, unique_by=str.lower))
    entities, endpoints = [], []
    for index, name in enumerate(names):
        chosen = draw(st.lists(field_names, max_size=5, unique_by=lambda text: text.strip("_").lower()))
        made = [
            attrs.evolve(draw(fields(names[:index])), name=field)
            for field in chosen
            if not field.endswith("_hash")
        ]
        if draw(st.booleans()):
            made.append(
                Field(name="key_of_it", type=draw(st.sampled_from(["integer", "string"])), is_primary_key=True)
            )
        if draw(st.booleans()):
            made.append(Field(name="updated_at", type="datetime"))
        made = [field for field in made if field.name not in ("id", "created_at")]
        plural = f"many_{index}"
        entities.append(Entity(name=name, plural=plural, fields=tuple(made)))
        for method, tail, action in draw(
            st.lists(
                st.sampled_from(
                    [
                        ("GET", "", "list"),
                        ("POST", "", "create"),
                        ("GET", "/{id}", "get"),
                        ("PUT", "/{id}", "update"),
                        ("PATCH", "/{id}", "update"),
                        ("DELETE", "/{id}", "delete"),
                    ]
                ),
                unique=True,
            )
        ):
            endpoints.append(Endpoint(method=method, path=f"/api/{plural}{tail}", entity=name, action=action))
    return Blueprint(
        package="a_service",
        title=draw(st.text(max_size=90)),
        entities=tuple(entities),
        endpoints=tuple(endpoints),
    )


@pytest.mark.chaos
@settings(max_examples=15 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(blueprint=blueprints())
def test_valid_blueprints_become_python(tmp_path_factory, blueprint):
    path = build_all(tmp_path_factory.mktemp("random"), work_items(blueprint))
    for name, text in tree(path).items():
        if name.endswith(".py"):
            compile(text, name, "exec")
        if name == "pyproject.toml":
            import tomllib

            assert tomllib.loads(text.decode())["project"]["name"] == "a-service"


@pytest.mark.chaos
@settings(max_examples=2 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(blueprint=blueprints())
def test_random_services_are_clean_and_pass_their_own_tests(tmp_path_factory, blueprint):
    path = build_all(tmp_path_factory.mktemp("random"), work_items(blueprint))
    lint = run(path, "ruff", "check", "--no-cache", "--select", "E,F,I,UP,B,SIM", ".")
    assert lint.returncode == 0, lint.stdout
    style = run(path, "ruff", "format", "--no-cache", "--diff", ".")
    assert style.returncode == 0, style.stdout
    result = run(path, "pytest", "-q", "-x", "-p", "no:cacheprovider")
    assert result.returncode == 0, result.stdout[-4000:]
