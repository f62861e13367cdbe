"""A person is an agent: takes tasks, works in their place, reports, and is verified as any other."""

import attrs
import pytest
import trio

from mosaic_hookspecs import (
    Check,
    Denied,
    InputError,
    Need,
    NotFound,
    Principal,
    Refused,
    Retry,
    RunSpec,
    TaskSpec,
)

PERSON = Principal(name="ann", permissions=frozenset({"inbox:read", "inbox:write"}))
CHECK = Check(name="said", parameters={"run": "grep -q hello greeting.txt"})


@pytest.fixture
def opened(mosaic_kernel):
    return lambda **settings: mosaic_kernel(
        "memory",
        "engine",
        "command",
        "workspaces",
        "inbox",
        settings={f"plugins.inbox.{name}": one for name, one in settings.items()},
    )


@pytest.fixture
def driven(opened, tmp_path):
    """Drive a run of these tasks while the test's body is a person."""

    async def drive(body, *tasks, **settings):
        async with opened(**settings) as kernel:
            place = {"directory": str(tmp_path / "place")}
            if any(task.workspace for task in tasks):
                (tmp_path / "place").mkdir()
                place = dict(await kernel.port("workspace").get("directory").prepare("r", place))
            await (
                kernel.port("scheduling")
                .get()
                .create(RunSpec(run_id="r", title="A run", settings=place), tasks)
            )
            async with trio.open_nursery() as nursery:
                nursery.start_soon(kernel.port("scheduling").get().drive, "r")
                await body(kernel)
            return await kernel.dispatch("run.show", {"run_id": "r"})

    return drive


async def ask(kernel, operation, **data):
    return await kernel.dispatch(operation, data, PERSON)


async def waiting(kernel, count=1):
    """Wait until so many tasks are open; without a deadline, over which a clock that jumps would jump."""
    while True:
        seen = await kernel.port("storage").get().head()
        found = [one for one in (await ask(kernel, "inbox.list")).items if one.state == "open"]
        if len(found) >= count:
            return found
        await kernel.port("storage").get().wait(seen)


@pytest.mark.parametrize("fields", [{"runtime": "person"}, {"labels": ("human",)}, {"labels": ("person",)}])
async def test_tasks_for_people_wait_until_one_reports(driven, autojump_clock, mosaic_clock, fields):
    async def person(kernel):
        await waiting(kernel)
        await trio.sleep(600)
        [one] = (await ask(kernel, "inbox.list")).items
        assert (one.id, one.kind, one.state, one.title) == ("task:r/a", "task", "open", "Sign it")
        assert one.until == one.since + 1_800_000
        done = await ask(kernel, "inbox.report", id="a", outputs={"signed": True}, name="Ann")
        assert (done.run_id, done.task_id, done.by) == ("r", "a", "Ann")

    run = await driven(person, TaskSpec(task_id="a", title="Sign it", **fields))
    assert run.result == "accepted"


async def test_a_persons_work_is_checked_in_its_place(driven):
    seen = []

    async def person(kernel):
        for text in ("goodbye", "hello"):
            [one] = await waiting(kernel)
            seen.append((await ask(kernel, "inbox.show", id=one.id)).last_reason)
            assert (await ask(kernel, "inbox.take", id=one.id)).taken_by == "ann"
            [taken] = (await ask(kernel, "inbox.list")).items
            assert (taken.state, taken.place) == ("taken", one.place)
            await trio.Path(one.place, "greeting.txt").write_text(text)
            await ask(kernel, "inbox.report", id=one.id, summary=f"wrote {text}")

    task = TaskSpec(
        task_id="a",
        title="Greet",
        runtime="person",
        workspace="directory",
        checks=(CHECK,),
        retry=Retry(attempts=2, delay_seconds=0.01),
        work={"description": "Write hello."},
    )
    assert (await driven(person, task)).result == "accepted"
    assert seen[0] == ""
    assert "said" in seen[1]


async def test_what_is_shown_is_what_one_needs(driven, autojump_clock, mosaic_clock):
    async def person(kernel):
        await waiting(kernel)
        [one] = (await ask(kernel, "inbox.list", run_id="r", kinds=["task"])).items
        shown = await ask(kernel, "inbox.show", id=one.id)
        assert (shown.goal, shown.work, list(shown.checks)) == ("A run", {"description": "Do it."}, [])
        assert shown.needs["before"]["result"] == "accepted"
        assert shown.item.text == "Do it."
        assert (await ask(kernel, "inbox.list", run_id="other")).items == []
        await ask(kernel, "inbox.report", id="a", outcome="skipped")

    before = TaskSpec(task_id="before", runtime="command", work={"run": "true"})
    task = TaskSpec(task_id="a", runtime="person", work={"description": "Do it."})
    await driven(person, before, attrs.evolve(task, needs=(Need(task_id="before"),)))


async def test_failing_skipping_and_giving_back(driven, autojump_clock, mosaic_clock):
    async def person(kernel):
        await waiting(kernel, 2)
        await ask(kernel, "inbox.report", id="b", outcome="skipped")
        [first] = [one for one in await waiting(kernel) if one.task_id == "a"]
        await ask(kernel, "inbox.report", id="a", outcome="released", summary="I have to go")
        await trio.sleep(10)
        assert [one.token for one in await waiting(kernel)] == [first.token + 1]
        detail = await kernel.dispatch("task.show", {"run_id": "r", "task_id": "a"})
        assert detail.task.attempts == 0
        await ask(kernel, "inbox.report", id="a", outcome="failed", summary="cannot be done")

    tasks = [TaskSpec(task_id=name, runtime="person", retry=Retry(attempts=1)) for name in ("a", "b")]
    run = await driven(person, *tasks)
    assert run.result == "failed"
    assert run.counts == {"failed": 1, "skipped": 1}


async def test_a_task_that_nobody_takes_is_given_back_and_comes_again_and_one_that_is_taken_fails(
    driven, autojump_clock, mosaic_clock
):
    async def person(kernel):
        await waiting(kernel)
        await trio.sleep(3 * 1800)
        [one] = await waiting(kernel)
        assert one.token >= 3
        detail = await kernel.dispatch("task.show", {"run_id": "r", "task_id": "a"})
        assert detail.task.attempts == 0
        await ask(kernel, "inbox.take", id="a")
        await trio.sleep(3600)

    run = await driven(person, TaskSpec(task_id="a", runtime="person", retry=Retry(attempts=1)))
    assert run.result == "failed"


async def test_waiting_two_hours_for_a_person_calls_nothing_but_the_leases(
    driven, autojump_clock, mosaic_clock
):
    async def person(kernel):
        await waiting(kernel)
        await trio.sleep(7200)
        [one] = (await ask(kernel, "inbox.list")).items
        assert one.token == 1
        events = await kernel.port("storage").get().events(limit=100_000)
        kinds = [event.kind for event in events]
        assert [kind for kind in kinds if not kind.startswith(("run.", "task.renewed"))] == [
            "task.claimed",
            "inbox.waiting",
        ]
        assert kinds.count("task.renewed") <= 7200 / 20 + 1
        await ask(kernel, "inbox.report", id="a")

    task = TaskSpec(task_id="a", runtime="person", timeout_seconds=200_000.0)
    assert (await driven(person, task)).result == "accepted"


async def test_what_is_reported_too_late_or_twice_is_refused(driven, autojump_clock, mosaic_clock):
    async def person(kernel):
        await waiting(kernel, 2)
        await kernel.dispatch("task.cancel", {"run_id": "r", "task_id": "a"})
        with pytest.raises(NotFound, match="no-item"):
            await ask(kernel, "inbox.report", id="a")
        async with trio.open_nursery() as nursery:
            refused = []

            async def report():
                try:
                    await ask(kernel, "inbox.report", id="b")
                except (Refused, NotFound) as error:
                    refused.append(error.code)

            for _ in range(3):
                nursery.start_soon(report)
        assert refused == ["reported", "reported"]

    run = await driven(person, *(TaskSpec(task_id=name, runtime="person") for name in "ab"))
    assert run.counts == {"accepted": 1, "cancelled": 1}


async def test_people_do_not_take_each_others_tasks_and_agents_take_none(driven, autojump_clock, mosaic_clock):
    async def person(kernel):
        await waiting(kernel)
        await ask(kernel, "inbox.take", id="a", name="Ann")
        await ask(kernel, "inbox.take", id="a", name="Ann")
        with pytest.raises(Refused, match="taken by Ann"):
            await ask(kernel, "inbox.take", id="a", name="Bob")
        with pytest.raises(InputError, match="bad-name"):
            await ask(kernel, "inbox.take", id="a", name="\n")
        everything = frozenset("*")
        for name, kind in (("agent:smith", "user"), ("mcp", "agent")):
            agent = Principal(name=name, kind=kind, permissions=everything)
            for operation in ("inbox.take", "inbox.report"):
                with pytest.raises(Denied, match="not-a-person"):
                    await kernel.dispatch(operation, {"id": "a", "name": "Ann"}, agent)
        lent = Principal(name="agent:smith", kind="agent", permissions=frozenset({"message:write"}))
        for operation in ("inbox.take", "inbox.report", "inbox.list", "inbox.show"):
            with pytest.raises(Denied, match="denied"):
                await kernel.dispatch(operation, {} if operation == "inbox.list" else {"id": "a"}, lent)
        await ask(kernel, "inbox.report", id="a")

    await driven(person, TaskSpec(task_id="a", runtime="person"))


async def test_a_task_whose_run_nothing_works_on_is_shown_and_says_so(opened):
    async with opened() as kernel:
        tasks = [TaskSpec(task_id="a", runtime="person"), TaskSpec(task_id="b")]
        for run_id in ("r", "s"):
            await kernel.port("scheduling").get().create(RunSpec(run_id=run_id), tasks)
        found = (await ask(kernel, "inbox.list")).items
        assert [(one.id, one.state) for one in found] == [("task:r/a", "ready"), ("task:s/a", "ready")]
        with pytest.raises(Refused, match="not-started"):
            await ask(kernel, "inbox.report", id="task:r/a")
        with pytest.raises(Refused, match="not-one"):
            await ask(kernel, "inbox.report", id="a")


async def test_a_reload_gives_tasks_back_and_they_come_again(opened):
    async with opened() as kernel, trio.open_nursery() as nursery:
        task = TaskSpec(task_id="a", runtime="person", retry=Retry(attempts=1, delay_seconds=0.01))
        await kernel.port("scheduling").get().create(RunSpec(run_id="r"), [task])
        nursery.start_soon(kernel.port("scheduling").get().drive, "r")
        await waiting(kernel)
        await kernel.dispatch("plugins.reload", {"name": "inbox"})
        [again] = await waiting(kernel)
        assert again.token == 2
        await ask(kernel, "inbox.report", id="a")


async def test_what_was_reported_to_a_process_that_died_still_counts_where_the_work_was_elsewhere(
    driven, autojump_clock, mosaic_clock
):
    async def person(kernel):
        storage = kernel.port("storage").get()
        await waiting(kernel)
        await ask(kernel, "inbox.report", id="b", outcome="released")
        # As if left by an attempt whose process was killed before it could tell the engine.
        body = {"outcome": "succeeded", "summary": "done", "outputs": {}}
        await storage.put_document("inbox.reports", "r/b/0", body)
        await storage.put_document("inbox.tasks", "r/b/0", {"taken_by": "Ann"})

    run = await driven(person, TaskSpec(task_id="b", runtime="person"))
    assert run.result == "accepted"


async def test_the_inbox_is_listed_in_pages_that_say_how_many_there_are(opened):
    async with opened() as kernel:
        tasks = [TaskSpec(task_id=f"t{number}", title=f"T{number}", approval="May it?") for number in range(5)]
        await kernel.port("scheduling").get().create(RunSpec(run_id="r", title="A run"), tasks)
        first = await ask(kernel, "inbox.list", limit=2)
        rest = await ask(kernel, "inbox.list", skip=2)
        assert [one.task_id for one in (*first.items, *rest.items)] == [f"t{number}" for number in range(5)]
        assert first.total == rest.total == 5
        assert {(one.title, one.run_title) for one in rest.items} == {("May it?", "A run")}
        assert first.items[0].text == "T0 starts when this is approved."
        assert (await ask(kernel, "inbox.list", kinds=["task"])).total == 0


async def test_all_that_waits_is_counted_however_many_tasks_a_run_has(opened):
    async with opened() as kernel:
        tasks = [TaskSpec(task_id=f"t{number}", approval="May it?") for number in range(1002)]
        await kernel.port("scheduling").get().create(RunSpec(run_id="r"), tasks)
        last = await ask(kernel, "inbox.list", skip=1000)
        assert (last.total, len(last.items)) == (1002, 2)
