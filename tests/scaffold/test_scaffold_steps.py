"""Each task of a small service is accepted by its own check at that point of the plan."""

from __future__ import annotations

from scaffold_blueprints import crud, work_items
from scaffold_fakes import attempt, run

from mosaic_hookspecs.blueprint import Blueprint, Entity, Field

PERSON = Entity(name="Person", plural="people", fields=(Field(name="id", type="string", is_primary_key=True),))
NOTE = Entity(
    name="Note",
    plural="notes",
    fields=(
        Field(name="text", type="text", is_required=True),
        Field(name="person_id", type="integer", references="Person", is_required=True),
    ),
)
NOTES = Blueprint(
    package="notebook", title="Notes", entities=(PERSON, NOTE), endpoints=tuple(crud("Note", "notes")[:2])
)


def check_of(item):
    """Return the test file that the planner's check names."""
    names = {"Person": ("person", "people"), "Note": ("note", "notes")}
    kind = item["kind"].removeprefix("service.")
    if kind in ("model", "validation"):
        return f"tests/test_{kind}_{names[item['entity']][0]}.py"
    if kind == "tests":
        return f"tests/test_{names[item['entity']][1]}.py"
    if kind == "endpoint":
        return f"tests/test_notes_{'list' if item['method'] == 'GET' else 'create'}.py"
    return "" if kind == "documentation" else f"tests/test_{kind}.py"


def test_each_step_passes_its_own_check(tmp_path):
    checked_kinds = set()
    for item in work_items(NOTES):
        result, journal = attempt(tmp_path, item)
        assert result.outcome == "succeeded", result.summary
        assert all(f"wrote {file}\n" in journal for file in result.outputs["files"])
        if (item["kind"], item.get("method")) in checked_kinds:
            continue  # its like has passed; all of them do in the acceptance test of the main job
        checked_kinds.add((item["kind"], item.get("method")))
        file = check_of(item)
        if file:
            checked = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", file)
            assert checked.returncode == 0, checked.stdout[-3000:]
        else:
            assert run(tmp_path, "notebook", "--check-readme").returncode == 0


def test_work_that_comes_too_early_fails_with_what_is_missing(tmp_path):
    items = work_items(NOTES)
    attempt(tmp_path, items[0])
    result, _ = attempt(tmp_path, items[2])
    assert result.outcome == "failed"
    assert "notebook/database.py" in result.summary
