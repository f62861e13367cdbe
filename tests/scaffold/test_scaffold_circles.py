"""Entities that refer to each other in a circle: each model's own check passes, in either order."""

from __future__ import annotations

import pytest
from scaffold_blueprints import crud, work_items
from scaffold_fakes import build_all, run

from mosaic_hookspecs.blueprint import Blueprint, Entity, Field

DEPARTMENT = Entity(
    name="Department",
    plural="departments",
    fields=(Field(name="head_id", type="integer", references="Employee"),),
)
EMPLOYEE = Entity(
    name="Employee",
    plural="employees",
    fields=(
        Field(name="name", is_required=True),
        Field(name="department_id", type="integer", references="Department", is_required=True),
    ),
)


@pytest.mark.parametrize("entities", [(DEPARTMENT, EMPLOYEE), (EMPLOYEE, DEPARTMENT)])
def test_a_circle_is_built(tmp_path, entities):
    blueprint = Blueprint(
        package="company",
        title="Company",
        entities=entities,
        endpoints=(*crud("Department", "departments"), *crud("Employee", "employees")),
    )
    items = work_items(blueprint)
    build_all(tmp_path, items[:3])
    name = entities[0].name.lower()
    first = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_model_{name}.py")
    assert first.returncode == 0, first.stdout[-3000:]
    build_all(tmp_path, items[3:])
    whole = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider")
    assert whole.returncode == 0, whole.stdout[-3000:]
