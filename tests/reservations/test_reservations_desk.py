"""Files are reserved by attempts, and free again when those end, however they do."""

import pytest
import trio

from mosaic_hookspecs import (
    AgentOffer,
    CancelTask,
    Claim,
    Denied,
    InputError,
    NotFound,
    Principal,
    Refused,
    Release,
    Renew,
    Report,
    RunSpec,
    StartRun,
    TaskSpec,
    Tick,
)

TASKS = ("a", "b", "c")


@pytest.fixture
def opened(mosaic_kernel):
    return lambda **settings: mosaic_kernel(
        "memory",
        "reservations",
        settings={f"plugins.reservations.{name}": one for name, one in settings.items()},
    )


async def apply(kernel, *commands):
    return await kernel.port("storage").get().apply(commands, by="tester")


async def start(kernel, run_id="r", **fields):
    tasks = [TaskSpec(task_id=name, title=f"Task {name}") for name in TASKS]
    claim = Claim(
        holder="h", offers=[AgentOffer(name="x", is_general=True)], limit=9, lease_seconds=60, run_id=run_id
    )
    _, leases = await apply(kernel, StartRun(run=RunSpec(run_id=run_id, **fields), tasks=tasks), claim)
    return {
        lease.task_id: {"run_id": run_id, "task_id": lease.task_id, "token": lease.token} for lease in leases
    }


async def reserve(kernel, attempt, *paths, by="ann", **fields):
    agent = Principal(name=f"agent:{by}", kind="agent", permissions=frozenset({"file:write"}))
    return await kernel.dispatch("file.reserve", {**attempt, "paths": paths, **fields}, agent)


async def held(kernel, **fields):
    found = (await kernel.dispatch("file.list", fields)).items
    return [(one.task_id, list(one.paths), one.mode) for one in found]


async def test_a_conflict_says_who_holds_what_until_when_and_what_to_do(opened, mosaic_clock):
    async with opened() as kernel:
        attempts = await start(kernel)
        first = await reserve(kernel, attempts["a"], "src/api/**", "./README.md", reason="a new route")
        assert (first.is_granted, list(first.paths)) == (True, ["src/api/**", "README.md"])
        second = await reserve(kernel, attempts["b"], "docs", "src/api/books.py", by="bob")
        assert (second.is_granted, list(second.paths)) == (False, [])
        [conflict] = second.conflicts
        assert (conflict.path, conflict.held) == ("src/api/books.py", "src/api/**")
        holder = conflict.holder
        assert (holder.task_id, holder.title, holder.by, holder.reason) == ("a", "Task a", "ann", "a new route")
        assert holder.until == mosaic_clock.now() + 60_000
        for words in ("a (ann) holds src/api/**", "reserve again later", "message.send"):
            assert words in second.advice
        assert await held(kernel) == [("a", ["src/api/**", "README.md"], "exclusive")]


async def test_shared_and_shared_go_together_and_one_never_conflicts_with_itself(opened):
    async with opened() as kernel:
        attempts = await start(kernel)
        for name in ("a", "b"):
            assert (await reserve(kernel, attempts[name], "schema.sql", mode="shared")).is_granted
        assert not (await reserve(kernel, attempts["c"], "schema.sql")).is_granted
        assert not (await reserve(kernel, attempts["a"], "schema.sql")).is_granted
        assert (await reserve(kernel, attempts["a"], "other")).is_granted
        assert (await reserve(kernel, attempts["a"], "other/x.py", "other")).is_granted
        assert await held(kernel, path="other/x.py") == [("a", ["other/x.py", "other"], "exclusive")]


async def test_what_is_released_is_free(opened):
    async with opened() as kernel:
        attempts = await start(kernel)
        await reserve(kernel, attempts["a"], "x", "y")
        done = await kernel.dispatch("file.release", {**attempts["a"], "paths": ["x", "z"]})
        assert list(done.paths) == ["x"]
        assert (await reserve(kernel, attempts["b"], "x")).is_granted
        assert not (await reserve(kernel, attempts["b"], "y")).is_granted
        assert list((await kernel.dispatch("file.release", attempts["a"])).paths) == ["y"]
        assert await held(kernel) == [("b", ["x"], "exclusive")]


ENDS = {
    "released": lambda one: Release(**one),
    "failed": lambda one: Report(**one, outcome="failed"),
    "skipped": lambda one: Report(**one, outcome="skipped"),
    "cancelled": lambda one: CancelTask(run_id=one["run_id"], task_id=one["task_id"]),
}


async def test_no_reservation_outlives_its_attempt(opened, mosaic_clock):
    async with opened() as kernel:
        for number, (name, end) in enumerate([*ENDS.items(), ("lost", None), ("lease over", None)]):
            attempts = await start(kernel, f"r{number}")
            await reserve(kernel, attempts["a"], "x")
            assert not (await reserve(kernel, attempts["b"], "x")).is_granted, name
            if end is not None:
                await apply(kernel, end(attempts["a"]))
            else:
                await apply(kernel, Renew(**attempts["b"], lease_seconds=3600))
                mosaic_clock.advance(61)
                if name == "lost":
                    await apply(kernel, Tick())
            assert await held(kernel) == [], name
            for operation in ("file.reserve", "file.release"):
                with pytest.raises(Refused, match="stale-token"):
                    await kernel.dispatch(operation, {**attempts["a"], "paths": ["x"]})
            assert (await reserve(kernel, attempts["b"], "x")).is_granted, name
            await apply(kernel, Release(**attempts["b"]))


async def test_it_lasts_as_long_as_the_lease_is_renewed_and_while_it_is_verified(opened, mosaic_clock):
    async with opened() as kernel:
        attempts = await start(kernel)
        await reserve(kernel, attempts["a"], "x")
        for _ in range(5):
            mosaic_clock.advance(50)
            await apply(kernel, Renew(**attempts["a"]), Renew(**attempts["b"]))
        await apply(kernel, Report(**attempts["a"], outcome="succeeded"))
        assert not (await reserve(kernel, attempts["b"], "x")).is_granted


async def test_a_later_attempt_does_not_inherit(opened):
    async with opened() as kernel:
        attempts = await start(kernel)
        await reserve(kernel, attempts["a"], "x")
        await apply(kernel, Release(**attempts["a"], reason="tired"))
        claim = Claim(holder="h", offers=[AgentOffer(name="x", is_general=True)], limit=1)
        [[lease]] = await apply(kernel, claim)
        assert lease.token == attempts["a"]["token"] + 1
        assert await held(kernel) == []
        with pytest.raises(Refused, match="stale-token"):
            await kernel.dispatch("file.release", attempts["a"])


async def test_projects_do_not_meet_and_runs_of_one_do(opened):
    async with opened() as kernel:
        first, other, foreign = (
            await start(kernel),
            await start(kernel, "s"),
            await start(kernel, "t", project="p"),
        )
        await reserve(kernel, first["a"], "x")
        assert not (await reserve(kernel, other["a"], "x")).is_granted
        assert (await reserve(kernel, foreign["a"], "x")).is_granted
        assert len(await held(kernel)) == 2
        assert len(await held(kernel, run_id="t")) == 1


async def test_what_cannot_be_reserved_is_refused_in_words(opened):
    async with opened(held=1) as kernel:
        attempts = await start(kernel)
        with pytest.raises(InputError, match="bad-path"):
            await reserve(kernel, attempts["a"], "../x")
        with pytest.raises(NotFound, match="no-task"):
            await reserve(kernel, {**attempts["a"], "task_id": "z"}, "x")
        await reserve(kernel, attempts["a"], "x")
        with pytest.raises(Refused, match="too-many-reservations"):
            await reserve(kernel, attempts["b"], "y")
        nobody = Principal(name="agent:x", kind="agent", permissions=frozenset({"file:read"}))
        with pytest.raises(Denied, match="denied"):
            await kernel.dispatch("file.reserve", {**attempts["a"], "paths": ["z"]}, nobody)


async def test_of_many_who_want_the_same_at_once_through_two_kernels_one_gets_it(mosaic_kernel):
    settings = {"ports.storage": "sqlite"}
    async with (
        mosaic_kernel("sqlite", "reservations", settings=settings) as one,
        mosaic_kernel("sqlite", "reservations", settings=settings) as two,
    ):
        attempts = await start(one)
        answers = {}

        async def want(number, kernel, name):
            answers[number] = await reserve(kernel, attempts[name], f"src/{number}.py", "src/main.py", by=name)

        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(want, number, (one, two)[number % 2], TASKS[number % 3])
        winners = {number % 3 for number, answer in answers.items() if answer.is_granted}
        assert len(winners) == 1
        assert all(answer.is_granted or answer.conflicts for answer in answers.values())
        [name] = {task for task, *_ in await held(two)}
        assert name == TASKS[winners.pop()]
