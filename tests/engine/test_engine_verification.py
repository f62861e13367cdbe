from __future__ import annotations

import pytest
import trio
from engine_fakes import FakeProvider, ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult, CancelRun, CheckOutcome, Claim, Evidence, digest


async def evidence_of(world, task_id):
    detail = await world.ask("task.show", run_id="r", task_id=task_id)
    return detail.attempts[-1].evidence


async def test_what_passed_is_published_with_evidence(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", check="unit"))
    view = await world.drive()
    assert view.result == "accepted"
    assert world.provider.branch.commits == ["base", "a@1on(base)"]
    assert (await world.storage.task("r", "a")).commit == "a@1on(base)"
    evidence = await evidence_of(world, "a")
    assert (evidence.commit, evidence.files) == ("a@1on(base)", ("file.py",))
    check = evidence.checks[0]
    assert (check.name, check.passed, check.exit_code, check.tree) == ("unit", True, 0, "tree a base")
    assert await world.storage.get_blob(check.output) == b"one\ntwo\nlast words\n"
    assert check.output == digest(b"one\ntwo\nlast words\n")
    assert world.provider.opened == world.provider.closed == 1
    kinds = await world.kinds("a")
    assert kinds == ["task.claimed", "task.reported", "task.merging", "task.accepted"]


async def test_a_lying_agent_is_not_believed(tmp_path, autojump_clock):
    world = World(tmp_path)
    world.checks.outcomes["unit"] = [False, True]
    await world.start(task("a", attempts=2, check="unit"), task("b", "a"))
    view = await world.drive()
    assert view.result == "accepted"
    first, second = world.agent.attempts("a")
    assert first.last_reason == ""
    assert second.last_reason == "check 'unit' failed with exit code 1: one\ntwo\nlast words"
    assert world.provider.branch.commits[1:] == ["a@2on(base)"]
    detail = await world.ask("task.show", run_id="r", task_id="a")
    assert [one.outcome for one in detail.attempts] == ["refused", "accepted"]
    assert detail.attempts[0].evidence.checks[0].exit_code == 1


async def test_checks_after_the_first_that_fails_are_not_run(tmp_path):
    from mosaic_hookspecs import Check

    world = World(tmp_path)
    world.checks.outcomes["one"] = [False]
    await world.start(task("a", workspace="git", checks=(Check(name="one"), Check(name="two"))))
    world.agent.scripts = {}
    assert (await world.drive()).result == "failed"
    assert world.checks.ran == ["one"]
    assert world.provider.branch.commits == ["base"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ValueError("boom"), "command crashed: ValueError: boom"),
        (CheckOutcome(passed=False, summary="3 tests failed"), "check 'unit' failed: 3 tests failed"),
    ],
)
async def test_how_a_check_failed_is_said(tmp_path, answer, words):
    world = World(tmp_path)
    world.checks.outcomes["unit"] = [answer]
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "failed"
    assert words in (await world.storage.task("r", "a")).reason


async def test_a_check_that_hangs_fails(tmp_path, autojump_clock):
    async def hang(check):
        await trio.sleep_forever()

    world = World(tmp_path)
    world.checks.script = hang
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "failed"
    assert "took longer than 120 s" in (await world.storage.task("r", "a")).reason


async def test_a_conflict_sends_the_task_back_with_its_context(tmp_path, autojump_clock):
    provider = FakeProvider(conflicts=["a"])
    world = World(tmp_path, provider=provider)
    await world.start(task("a", attempts=1, check="unit"))
    assert (await world.drive()).result == "accepted"
    second = world.agent.attempts("a")[1]
    assert "both changed file.py" in second.last_reason
    assert "Start from the tip." in second.last_reason
    assert second.attempt == 1


def moves_while_checked(world, times=1):
    """Have another process publish while the first checks run, which takes a second."""
    left = [None] * times

    async def script(check):
        await trio.sleep(1)
        if left:
            left.pop()
            world.provider.branch.commits.append(f"foreign-{len(world.provider.branch.commits)}")

    world.checks.script = script


async def test_when_the_branch_moved_the_merged_tree_is_checked_again(tmp_path, autojump_clock):
    world = World(tmp_path)
    moves_while_checked(world)
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "accepted"
    assert world.provider.branch.commits == ["base", "foreign-1", "a@1on(foreign-1)"]
    assert world.checks.ran == ["unit", "unit"]
    assert await world.kinds("a") == ["task.claimed", "task.reported", "task.merging", "task.accepted"]
    evidence = await evidence_of(world, "a")
    assert (evidence.commit, evidence.checks[0].tree) == ("a@1on(foreign-1)", "tree a foreign-1")


async def test_a_check_that_fails_on_the_merged_tree_rejects(tmp_path, autojump_clock):
    world = World(tmp_path)
    moves_while_checked(world)
    world.checks.outcomes["unit"] = [True, False]
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "failed"
    assert world.provider.branch.commits == ["base", "foreign-1"]


async def test_a_branch_that_moves_in_the_last_moment_costs_no_attempt(tmp_path, autojump_clock):
    """The contract bars the token then, so that a fresh attempt is made."""
    world = World(tmp_path, provider=FakeProvider(answers=[False]))
    await world.start(task("a", attempts=1, check="unit"))
    assert (await world.drive()).result == "accepted"
    assert [one.attempt for one in world.agent.attempts("a")] == [1, 1]
    assert "something else was published" in world.agent.attempts("a")[1].last_reason
    assert world.provider.branch.commits == ["base", "foreign-1", "a@2on(foreign-1)"]
    kinds = await world.kinds("a")
    assert kinds[2:5] == ["task.merging", "task.unmerged", "task.refused"]


async def test_equal_trees_are_not_checked_twice(tmp_path, autojump_clock):
    world = World(tmp_path, provider=FakeProvider(tree="always"))
    moves_while_checked(world)
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "accepted"
    assert world.checks.ran == ["unit"]
    assert world.provider.branch.commits[-1] == "a@1on(foreign-1)"


async def test_what_was_proposed_long_ago_is_looked_at_again(tmp_path, autojump_clock):
    world = World(tmp_path)
    moves_while_checked(world, times=0)
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "accepted"
    assert (world.provider.proposals, world.checks.ran) == (2, ["unit"])


async def test_many_publications_in_parallel_never_race(tmp_path, autojump_clock):
    async def slow(request, proposal):
        await trio.sleep(0.5)

    async def nap(check):
        await trio.sleep(1)

    provider = FakeProvider(on_publish=slow)
    world = World(tmp_path, provider=provider, parallelism=8)
    world.checks.script = nap
    await world.start(*(task(f"t{n}", check="unit") for n in range(8)))
    assert (await world.drive()).result == "accepted"
    assert len(provider.branch.commits) == 9
    assert "task.unmerged" not in await world.kinds()


async def test_a_workspace_without_history_is_accepted_directly(tmp_path):
    world = World(tmp_path, provider=FakeProvider(publishes=False))
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "accepted"
    assert await world.kinds("a") == ["task.claimed", "task.reported", "task.accepted"]
    assert world.provider.checkouts == [""]


async def test_a_publication_that_fails_once_is_tried_again(tmp_path, autojump_clock):
    world = World(tmp_path, provider=FakeProvider(answers=[OSError("disk"), OSError("disk")]))
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "accepted"


async def test_a_publication_that_keeps_failing_ends_the_drive_and_is_resumed(tmp_path, autojump_clock):
    provider = FakeProvider(answers=[OSError("disk")] * 5)
    world = World(tmp_path, provider=provider)
    await world.start(task("a", check="unit"))
    with pytest.raises(OSError, match="disk"):
        await world.engine.drive("r")
    assert await world.state("a") == "ready"
    assert (await world.drive()).result == "accepted"
    assert len(world.agent.seen) == 1
    assert provider.branch.commits == ["base", "a@1on(base)"]


async def test_a_decided_publication_goes_on_though_the_run_is_cancelled(tmp_path, autojump_clock):
    async def slow(request, proposal):
        await trio.sleep(10)

    world = World(tmp_path, provider=FakeProvider(on_publish=slow))
    await world.start(task("a", check="unit"), task("b", "a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        assert await world.state("a") == "merging"
        await world.command(CancelRun(run_id="r"))
    assert await world.state("a") == "accepted"
    assert await world.state("b") == "ready"


async def _merging(world, token_holder="elsewhere:1:1:x"):
    """Bring task a to `merging` under a foreign lease that has run out."""
    from mosaic_hookspecs import AgentOffer, BeginMerge, CheckResult, Report

    leases = await world.command(
        Claim(holder=token_holder, offers=[AgentOffer(name="worker", is_general=True)], lease_seconds=1.0)
    )
    lease = leases[0]
    names = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
    await world.command(Report(**names, outcome="succeeded", outputs={"n": 1}))
    evidence = Evidence(checks=(CheckResult(name="unit", passed=True),), commit="c1", files=("x",))
    await world.command(BeginMerge(**names, candidate="c1", base="base", evidence=evidence))
    return lease


async def test_a_recovered_merge_is_only_published(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a", check="unit"), task("b", "a"))
    await _merging(world)
    await trio.sleep(2)
    assert (await world.drive()).result == "accepted"
    assert world.provider.branch.commits == ["base", "c1"]
    assert [one.spec.task_id for one in world.agent.seen] == ["b"]
    assert world.agent.seen[0].needs["a"]["outputs"] == {"n": 1}
    evidence = await evidence_of(world, "a")
    assert (evidence.commit, evidence.files, evidence.checks[0].name) == ("c1", ("x",), "unit")


async def test_a_recovered_merge_is_published_under_the_token_that_decided_it(tmp_path, autojump_clock):
    tokens = []

    async def note(request, proposal):
        tokens.append(request.token)

    world = World(tmp_path, provider=FakeProvider(on_publish=note))
    await world.start(task("a", check="unit"))
    lease = await _merging(world)
    await trio.sleep(2)
    await world.drive()
    assert tokens == [lease.token]


async def test_a_recovered_merge_that_does_not_fit_any_more_is_done_again(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a", check="unit"))
    await _merging(world)
    world.provider.branch.commits.append("other")
    await trio.sleep(2)
    assert (await world.drive()).result == "accepted"
    assert world.provider.branch.commits == ["base", "other", "a@3on(other)"]


async def test_an_agent_that_fails_publishes_nothing(tmp_path):
    async def fail(assignment):
        return AgentResult(outcome="failed", summary="no")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "failed"
    assert world.provider.proposals == 0
    assert world.provider.closed == 1


async def test_verification_has_a_deadline(tmp_path, autojump_clock):
    async def slow(check):
        await trio.sleep(100)

    world = World(tmp_path, verification_seconds=50.0)
    world.checks.script = slow
    await world.start(task("a", check="unit"))
    assert (await world.drive()).result == "failed"
    assert "verification took longer than 50 s" in (await world.storage.task("r", "a")).reason
