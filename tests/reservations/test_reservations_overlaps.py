"""Overlaps of edits are predicted where there are some, not where there are none, and are explained."""

import subprocess
from itertools import combinations
from pathlib import Path

import pytest

from mosaic_hookspecs import (
    AgentOffer,
    Check,
    Claim,
    Evidence,
    Need,
    NotFound,
    Plan,
    Reject,
    Report,
    RunSpec,
    StartRun,
    TaskSpec,
)
from mosaic_reservations.comparing import pairs_of
from mosaic_reservations.ordering import unordered
from mosaic_reservations.traces import paths_in, strongest, traces_of
from mosaic_upp.compile import compile_plan

PRD = Path(__file__).parents[2] / "examples" / "bookshop" / "PRD.md"


async def start(kernel, *tasks, **fields):
    run = RunSpec(run_id="r", **fields)
    await kernel.port("storage").get().apply([StartRun(run=run, tasks=tasks)], by="tester")


async def claim(kernel, *labels):
    offer = AgentOffer(name="x", is_general=not labels, labels=frozenset(labels))
    command = Claim(holder="h", offers=[offer], limit=99, lease_seconds=600)
    [leases] = await kernel.port("storage").get().apply([command], by="tester")
    return {lease.task_id: lease for lease in leases}


async def overlaps(kernel, **fields):
    found = await kernel.dispatch("file.overlaps", {"run_id": "r", **fields})
    return {(one.first.task_id, one.second.task_id): one for one in found.items}


def general(task_id, title, description="", *needs, **fields):
    work = {"kind": "general", "title": title, "description": description, **fields.pop("work", {})}
    wanted = [Need(task_id=name) for name in needs]
    return TaskSpec(task_id=task_id, title=title, needs=wanted, work=work, **fields)


HAND_MADE = (
    general("users", "Add users", "Add the table to `src/shop/models.py` and a route in src/shop/api.py."),
    general("orders", "Add orders to src/shop/models.py", work={"owns": ["src/shop/orders.py"]}),
    general("style", "Restyle the page", "Change static/site.css; see https://example.com/src/shop/api.py"),
    general("report", "Report on orders", "", "orders", work={"files": ["src/shop/orders.py"]}),
    general("export", "Export orders", "", "orders", work={"files": ["src/shop/orders.py", "src/shop/csv.py"]}),
    general("moved", "Move src/shop/ into a package of its own", "", "style"),
)


async def test_a_hand_made_plan(mosaic_kernel):
    async with mosaic_kernel("memory", "reservations") as kernel:
        await start(kernel, *HAND_MADE)
        found = await overlaps(kernel)
        assert set(found) == {("users", "orders")}
        pair = found["users", "orders"]
        assert [one.path for one in pair.shared] == ["src/shop/models.py"]
        assert (pair.shared[0].first_why, pair.shared[0].second_why) == ("its work (description)", "its title")
        assert 0.3 < pair.score < 0.5
        assert "concurrency group" in pair.advice

        ahead = await overlaps(kernel, ahead=True)
        assert {("report", "export"), ("users", "moved"), ("orders", "moved")} <= set(ahead)
        assert ahead["report", "export"].score > 0.6
        # What needs the other, and what shares nothing, is no overlap.
        assert not {("orders", "report"), ("orders", "export"), ("style", "moved")} & set(ahead)
        assert not [names for names in ahead if "style" in names]
        assert list(ahead) == sorted(ahead, key=lambda names: -ahead[names].score)
        assert len(await overlaps(kernel, ahead=True, limit=1)) == 1
        assert set(await overlaps(kernel, ahead=True, least=0.6)) == {("report", "export")}
        with pytest.raises(NotFound, match="no-run"):
            await overlaps(kernel, run_id="none")


async def test_what_earlier_attempts_changed_and_what_is_reserved_counts_more(mosaic_kernel):
    async with mosaic_kernel("memory", "reservations") as kernel:
        await start(kernel, general("a", "One thing"), general("b", "Another thing"), general("c", "A third"))
        assert await overlaps(kernel) == {}
        leases = await claim(kernel)
        for name in ("a", "b"):
            attempt = {"run_id": "r", "task_id": name, "token": leases[name].token}
            await (
                kernel.port("storage")
                .get()
                .apply(
                    [
                        Report(**attempt, outcome="succeeded"),
                        Reject(
                            **attempt,
                            reason="no",
                            counts=False,
                            evidence=Evidence(files=("src/x.py", f"{name}.py")),
                        ),
                    ],
                    by="tester",
                )
            )
        attempt = {"run_id": "r", "task_id": "c", "token": leases["c"].token}
        await kernel.dispatch("file.reserve", {**attempt, "paths": ["src"]})
        found = await overlaps(kernel, ahead=True)
        assert set(found) == {("a", "b"), ("a", "c"), ("b", "c")}
        assert found["a", "b"].score == pytest.approx(0.81)
        assert found["a", "c"].score == pytest.approx(0.9)
        assert found["a", "b"].shared[0].first_why == "an earlier attempt changed it"
        assert found["a", "c"].shared[0].second_why == "its attempt has reserved it (exclusive)"
        assert "c runs now" in found["a", "c"].advice


def git(directory, *argv):
    subprocess.run(["git", "-C", directory, *argv], check=True, capture_output=True)


async def test_what_changes_together_is_known_from_the_history(mosaic_kernel, tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    git(repository, "config", "user.name", "t")
    git(repository, "config", "user.email", "t@example.com")
    for number in range(4):
        for name in ("routes.py", "openapi.json", *(["big.txt"] if number == 0 else [])):
            (repository / name).write_text(str(number))
        git(repository, "add", ".")
        git(repository, "commit", "-q", "-m", str(number))
    tasks = (
        general("a", "Change routes.py"),
        general("b", "Change openapi.json"),
        general("c", "Change big.txt"),
    )
    for history in (0, 300):
        async with mosaic_kernel(
            "memory", "reservations", settings={"plugins.reservations.history": history}
        ) as k:
            await start(k, *tasks, settings={"repository": str(repository)})
            found = await overlaps(k)
        if not history:
            assert found == {}
    assert set(found) == {("a", "b")}
    whys = [one.first_why for one in found["a", "b"].shared]
    assert any("100% of the commits that changed routes.py" in why for why in whys)


async def test_a_repository_that_is_not_there_is_no_matter(mosaic_kernel):
    async with mosaic_kernel("memory", "reservations") as kernel:
        await start(kernel, *HAND_MADE, settings={"repository": "nowhere"})
        assert set(await overlaps(kernel)) == {("users", "orders")}


def test_many_checks_that_name_the_same_say_nothing():
    check = Check(name="suite", parameters={"run": "pytest -c pyproject.toml tests/"})
    specs = [TaskSpec(task_id=f"t{n}", checks=(check,)) for n in range(12)]
    traces = {spec.task_id: strongest(traces_of(spec)) for spec in specs}
    assert pairs_of(traces, combinations(traces, 2), 0.2) == []
    few = dict(list(traces.items())[:2])
    assert len(pairs_of(few, combinations(few, 2), 0.2)) == 1


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("Write `src/a.py`, tests/test_b.py and README.md.", ["src/a.py", "tests/test_b.py", "README.md"]),
        ("GET /books/{id} and/or /orders, v3.11, e.g. https://example.com/a.js", []),
        ("all of src/api/ and docs/**/*.md; Makefile", ["src/api", "docs/**/*.md"]),
        ("{python} -m pytest -q tests/test_x.py::test_y", ["tests/test_x.py"]),
        ("../secret.py ~/.ssh/config.toml /etc/hosts.txt", []),
    ],
)
def test_paths_are_found_in_words(text, paths):
    assert [path for path, _ in paths_in(text)] == paths


# What the scaffold agent really changes for a kind of work on the bookshop, beside a test of its own.
REALLY = {
    "service.model": "bookshop/models/{entity}.py",
    "service.validation": "bookshop/validation/{entity}.py",
    "service.endpoint": "bookshop/resources/{entity}.py",
    "service.tests": "tests/test_{entity}.py",
}


async def test_the_bookshop(mosaic_kernel):
    async with mosaic_kernel("memory", "upp", "reservations") as kernel:
        plan = await kernel.dispatch("plan.new", {"text": PRD.read_text(), "source": "PRD.md"})
        specs = compile_plan(Plan.from_data(plan.plan), workspace="")
        await start(kernel, *specs)
        # The rules planner has one task after the other where both change one file: nothing is to be found.
        assert await overlaps(kernel, ahead=True) == {}
    # If nothing ordered them, exactly those would be found that change the same file.
    traces = {spec.task_id: strongest(traces_of(spec)) for spec in specs}
    found = {frozenset((one.first, one.second)) for one in pairs_of(traces, combinations(traces, 2), 0.2)}
    changed = {
        spec.task_id: REALLY[spec.work["kind"]].format(entity=spec.work["entity"])
        for spec in specs
        if spec.work["kind"] in REALLY
    }
    true = {frozenset(pair) for pair in combinations(changed, 2) if changed[pair[0]] == changed[pair[1]]}
    assert len(true) > 10
    assert found == true


def test_order_is_followed_through_others():
    is_free = unordered({"a": [], "b": ["a", "gone"], "c": ["b"], "d": ["a"]})
    assert not is_free("a", "c")
    assert not is_free("c", "a")
    assert is_free("c", "d")
    chain = {f"t{n}": [f"t{n - 1}"] if n else [] for n in range(3000)}
    assert not unordered(chain)("t0", "t2999")
