"""Recorded workflows run to their end with no-op commands, each task after its parents."""

import json
from pathlib import Path

import pytest

WORKFLOWS = Path(__file__).parents[3] / "shared" / "fixtures" / "wfformat"
pytestmark = pytest.mark.skipif(not WORKFLOWS.exists(), reason="the fixtures are not beside this clone")


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.json")), ids=lambda path: path.stem)
def test_every_task_runs_once_and_after_its_parents(place, path):
    recorded = json.loads(path.read_text())["workflow"]["specification"]["tasks"]
    place.write("recorded.json", path.read_bytes())
    plan = place.call("plan", "import", "recorded.json").demand().data
    names = {node["origin"]: node["node_id"] for node in plan["nodes"] if node.get("origin")}
    assert len(names) == len(recorded)

    answer = place.call("run", "recorded.json", "--json").demand().data
    assert answer["result"] == "accepted"
    assert answer["counts"] == {"accepted": len(recorded)}

    claimed, accepted = {}, {}
    for number, kind, task, _ in place.events():
        if kind in ("task.claimed", "task.accepted"):
            seen = claimed if kind == "task.claimed" else accepted
            assert task not in seen, f"{task} was {kind} twice"
            seen[task] = number
    assert set(claimed) == set(accepted) == set(names.values())
    for task in recorded:
        assert claimed[names[task["id"]]] < accepted[names[task["id"]]]
        for parent in task["parents"]:
            assert accepted[names[parent]] < claimed[names[task["id"]]]
    assert sum(len(task["parents"]) for task in recorded) > 0
    assert place.call("log", "verify").demand().out.startswith("sound")
    assert sorted(entry.name for entry in place.directory.iterdir()) == [".mosaic", "recorded.json"]
