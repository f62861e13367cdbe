"""Reports, their verdicts, and those that come twice or too late."""

import pytest
import trio
from fleet_team import lent, names, refused, task

from mosaic_hookspecs import AgentOffer, Budget, Manifest, Provides, Provision, hookimpl


async def test_a_report_is_answered_with_the_verdict(make_team):
    async with make_team("workspaces", "command") as team:
        await team.start(task("a", checks=["test -f made.txt"]))
        work = await team.work("ada")
        with open(f"{work.workspace}/made.txt", "w") as file:  # noqa: ASYNC230, PTH123 - a worker is no trio
            file.write("made")
        reported = await team.report(work, summary="made it", outputs={"n": 1})
        assert (reported.verdict, reported.words, reported.next) == ("accepted", "Accepted.", None)
        assert (await team.agent("ada")).accepted == 1
        record = await team.storage.task("r", "a")
        assert (record.state.value, record.outputs) == ("accepted", {"n": 1})


async def test_a_lie_is_caught_and_told_with_what_the_check_printed(make_team):
    async with make_team("workspaces", "command") as team:
        await team.start(task("a", checks=["seq 3000; echo there is no file; false"]))
        reported = await team.report(await team.work("ada"), summary="done", next=True)
        assert reported.verdict == "refused"
        assert "check 'check-0' failed with exit code 1" in reported.words
        assert "It is tried again." in reported.words
        assert reported.output.endswith("there is no file")
        assert len(reported.output) <= 2001
        again = reported.next
        assert (again.task_id, again.token, again.attempt) == ("a", 2, 2)
        assert "> check 'check-0' failed with exit code 1" in again.text
        reported = await team.report(again)
        assert "It is not tried again by itself." in reported.words
        assert (await team.agent("ada")).refused == 2


async def test_two_calls_a_task(make_team):
    async with make_team() as team:
        await team.start(*(task(f"t{n}") for n in range(5)))
        work, calls = await team.work("ada"), 1
        while work is not None:
            reported = await team.report(work, next=work.task_id != "t4")
            assert reported.verdict == "accepted"
            work, calls = reported.next, calls + 1
        assert calls == 6
        assert (await team.ask("run.show", run_id="r")).result == "accepted"


@pytest.mark.parametrize(("outcome", "state"), [("failed", "failed"), ("skipped", "skipped")])
async def test_other_outcomes(make_team, outcome, state):
    async with make_team() as team:
        await team.start(task("a", attempts=1))
        reported = await team.report(await team.work("ada"), outcome=outcome, summary="no need")
        assert reported.verdict == outcome
        assert await team.state("a") == state


async def test_a_report_that_comes_twice_is_answered_as_the_first(make_team):
    async with make_team() as team:
        await team.start(task("a"), task("b"))
        work = await team.work("ada")
        first = await team.report(work, outputs={"n": 1})
        again = await team.report(work, outputs={"n": 2})
        assert again == first
        assert (await team.storage.task("r", "a")).outputs == {"n": 1}
        assert (await team.kinds()).count("task.accepted") == 1
        following = await team.report(work, next=True)
        assert (following.verdict, following.next.task_id) == ("accepted", "b")
        once_more = await team.report(work, next=True)
        assert names(once_more.next) == names(following.next)


async def test_reports_at_the_same_time_count_once(make_team):
    async with make_team() as team:
        await team.start(task("a"))
        work, answers = await team.work("ada"), []

        async def report(number):
            answers.append(await team.report(work, outputs={"n": number}))

        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(report, number)
        assert [one.verdict for one in answers] == ["accepted"] * 5
        assert (await team.agent("ada")).accepted == 1


async def test_after_a_restart_the_store_knows(make_team, tmp_path):
    async with make_team("sqlite", storage="sqlite", directory=tmp_path) as first:
        await first.start(task("a"), task("b"))
        done = await first.work("ada")
        await first.report(done)
        lost = await first.work("ada")
    async with make_team("sqlite", storage="sqlite", directory=tmp_path) as second:
        assert (await second.agent("ada")).state == "gone"
        assert (await second.report(done)).verdict == "accepted"
        assert (await second.work("bob")).task_id == "b"
        error = await refused(second.report(lost))
        assert error.code == "stale-token"
        assert "attempt 2 by bob is running" in error.expected
        assert (await second.take("ada", 0)).work is None
        assert (await second.agent("ada")).accepted == 1


async def test_a_slow_check_does_not_hold_the_worker(make_team):
    async with make_team("workspaces", "command", verdict_seconds=0.05, wait_seconds=5) as team:
        await team.start(task("a", checks=["sleep 0.5"]), task("b"))
        work = await team.work("ada")
        reported = await team.report(work, next=True)
        assert reported.verdict == "verifying"
        assert "same report again" in reported.words
        assert reported.next.task_id == "b"
        assert (await team.progress(work)).words.startswith("stop: this work is reported")
        while reported.verdict == "verifying":
            reported = await team.report(work)
        assert reported.verdict == "accepted"


async def test_who_comes_too_late_is_told_what_happened(make_team, autojump_clock):
    async with make_team(lease_seconds=10) as team:
        await team.start(task("a"))
        late = await team.work("ada")
        work = await team.work("bob")
        assert work.token == 2
        assert "the worker 'ada' was not heard for 10 s" in work.text
        error = await refused(team.report(late))
        assert error.code == "stale-token"
        assert "attempt 2 by bob is running" in error.expected
        assert "released: the worker 'ada' was not heard for 10 s" in error.got
        assert "work_take" in error.hint
        told = await team.progress(late)
        assert (told.go_on, told.words[:6]) == (False, "stop: ")
        assert (await refused(team.release(late))).code == "stale-token"
        assert (await team.report(work)).verdict == "accepted"
        assert (await refused(team.report(late))).code == "stale-token"
        assert (await team.agent("ada")).released == 1


async def test_what_was_never_given_is_refused(make_team):
    async with make_team() as team:
        await team.start(task("a"), task("b"))
        work = await team.work("ada")
        for asked, code in [
            ({"token": 7}, "unknown-token"),
            ({"task_id": "b"}, "unknown-token"),
            ({"task_id": "z"}, "no-task"),
            ({"run_id": "z"}, "no-run"),
            ({"run_id": ""}, "no-run"),
        ]:
            for operation in ("work.report", "work.progress", "work.release"):
                error = await refused(team.ask(operation, **{**names(work), **asked}))
                assert error.code == code, (operation, asked)


async def test_nobody_reports_for_another(make_team):
    async with make_team() as team:
        await team.start(task("a"))
        work = await team.work("ada")
        for operation in ("work.report", "work.progress", "work.release"):
            assert (await refused(team.ask(operation, lent("bob"), **names(work)))).code == "not-yours"
        assert (await team.ask("work.report", lent("ada"), **names(work))).verdict == "accepted"
        assert (await refused(team.ask("work.report", lent("bob"), **names(work)))).code == "not-yours"


async def test_what_is_spent_counts_and_stops_the_run(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"), task("b"), budget=Budget(tokens=1000))
        work = await team.work("ada")
        assert "1000 of 1000 tokens are left" in work.text
        other = await team.work("bob")
        assert (await team.progress(work, usage={"input_tokens": 600})).go_on
        await trio.sleep(1)
        assert (await team.progress(work, usage={"output_tokens": 600})).go_on
        await trio.sleep(1)
        told = await team.progress(other)
        assert not told.go_on
        assert "budget is spent" in told.words
        assert "budget is spent" in (await refused(team.report(work))).got
        assert "out of budget" in (await team.take("ada")).words


async def test_a_cancelled_run_stops_its_workers(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"))
        work = await team.work("ada")
        await team.ask("run.cancel", run_id="r")
        await trio.sleep(1)
        told = await team.progress(work)
        assert not told.go_on
        assert told.words.startswith("stop: ")
        assert "cancelled" in told.words
        assert "cancelled" in (await refused(team.report(work))).got


async def test_work_is_given_back_with_notes(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"))
        told = await team.release(await team.work("ada"), reason="too hard", handover="The door is\nlocked.")
        assert "given back" in told.words
        work = await team.work("bob")
        assert (work.token, work.attempt) == (2, 1)
        assert "> too hard" in work.text
        assert "> ada, in attempt 1:\n> The door is\n> locked." in work.text
        assert "fleet.handed-over" in await team.kinds()
        await team.report(work, outcome="failed", summary="it broke", handover="Use the window.")
        work = await team.work("cat")
        assert work.attempt == 2
        assert "> it broke" in work.text
        assert work.text.index("Use the window.") < work.text.index("The door is")


class Slow:
    """An agent of another runtime, in the middle of its attempt."""

    offer = AgentOffer(name="slow", is_general=True)

    def __init__(self):
        self.begun = trio.Event()

    async def run(self, assignment):
        self.begun.set()
        await trio.sleep_forever()


class Slows:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="agents", name="slow", provider=Slow())]


SLOW = ("slow", Slows, Manifest(provides=[Provides(port="agents", contract="1.0", name="slow")]))


async def test_what_an_agent_of_another_runtime_notes_is_bounded_and_without_secrets(make_team, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "a-key-of-some-service")
    note = "a-key-of-some-service mosaic-lent-" + "x" * 43 + "y" * 1_000_000
    async with make_team(SLOW) as team, trio.open_nursery() as nursery:
        await team.start(task("a"))
        nursery.start_soon(team.kernel.dispatch, "run.drive", {"run_id": "r"})
        with trio.fail_after(5):
            await team.kernel.port("agents").get("slow").begun.wait()
        async with team.kernel.bus.subscribe("task.output") as notices:
            asked = {"run_id": "r", "task_id": "a", "token": 1, "note": note}
            told = await team.ask("work.progress", lent("slow"), **asked)
            notice = await anext(aiter(notices))
        nursery.cancel_scope.cancel()
    assert told.go_on
    assert notice.body[:3] == ("r", "a", 1)
    assert notice.body[3].startswith(b"[redacted] [redacted]")
    assert len(notice.body[3]) < 5000


async def test_what_is_handed_over_holds_no_secrets(make_team, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "a-key-of-some-service")
    async with make_team() as team:
        await team.start(task("a"))
        await team.release(await team.work("ada"), handover="with a-key-of-some-service", reason="no key")
        again = await team.work("ada")
        events = await team.storage.events(limit=1000)
    assert "> with [redacted]" in again.text
    assert not [event for event in events if "some-service" in str(event)]


async def test_progress_is_seen_and_kept(make_team):
    async with make_team() as team:
        await team.start(task("a"))
        work = await team.work("ada")
        await team.progress(work, note="half of it", percent=50)
        await team.progress(work, note="more")
        logs = await team.ask("task.logs", run_id="r", task_id="a")
        assert logs.text == "[50 %] half of it\nmore\n"


async def test_what_cannot_have_been_spent_is_refused(make_team):
    async with make_team() as team:
        await team.start(task("a"))
        work = await team.work("ada")
        for usage in ({"input_tokens": -1}, {"money": float("nan")}):
            assert (await refused(team.progress(work, usage=usage))).code == "bad-usage"
            assert (await refused(team.report(work, usage=usage))).code == "bad-usage"
        assert (await team.report(work, usage={"output_tokens": 5, "money": 0.5})).verdict == "accepted"
        spent = (await team.ask("run.show", run_id="r")).spent
        assert (spent.output_tokens, spent.money) == (5, 0.5)


async def test_outputs_that_cannot_be_stored_are_told(make_team):
    async with make_team() as team:
        await team.start(task("a", attempts=1))
        reported = await team.report(await team.work("ada"), outputs={"n": "x" * 2_000_000})
        assert reported.verdict == "refused"
        assert "1048576 is the most" in reported.words
