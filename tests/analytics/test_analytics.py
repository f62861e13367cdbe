"""The operations, as doors see them: over runs that agents work on."""

from __future__ import annotations

import csv
import io

import pytest
import trio

from mosaic_analytics.account import Account, RunLine
from mosaic_analytics.chains import Chain, longest_chain
from mosaic_analytics.forecasting import forecast
from mosaic_analytics.graphs import Graph
from mosaic_analytics.paces import Pace
from mosaic_analytics.plugin import AnalyticsPlugin
from mosaic_hookspecs import Denied, InputError, NotFound, Principal, Retry, RunSpec, RunState, TaskSpec, Usage
from mosaic_testing.scripted import ScriptedAgent, fail
from turns import turns_of_others

CHARTS = [
    *["throughput", "times", "first-attempt", "burn-up", "attempts", "failures", "agents", "forecast"],
    *["cost-by-project", "cost-by-model", "cost-by-agent", "cost-by-day"],
]
READER = Principal(name="r", permissions=frozenset({"analytics:read"}))


def spend(money, then=None):
    async def step(assignment):
        assignment.journal.usage(Usage(input_tokens=10, money=money, model="=cmd()|m"))
        await trio.sleep(0.02)
        return await then(assignment) if then else None

    return step


def agent():
    first = spend(0.25, fail("Attempt 1 broke '/tmp/x'"))
    return ScriptedAgent({"a": [first, spend(0.5)], "never": fail("no")}, otherwise=spend(0.25))


async def create(kernel, run_id, *names, **fields):
    tasks = [TaskSpec(task_id=name, retry=Retry(delay_seconds=0.0), minutes=10) for name in names]
    await kernel.port("scheduling").get().create(RunSpec(run_id=run_id, **fields), tasks)


async def work(kernel, run_id, *names, **fields):
    await create(kernel, run_id, *names, **fields)
    await kernel.dispatch("run.drive", {"run_id": run_id})


def table(text):
    return list(csv.reader(io.StringIO(text)))


async def test_show_tells_of_all_of_a_project_and_of_a_run(mosaic_kernel):
    async with mosaic_kernel("memory", "engine", "costs", "analytics", agent().plugin()) as kernel:
        await work(kernel, "one", "a", "b", project="shop")
        await work(kernel, "two", "c", "never", project="blog")

        async def ask(**request):
            return await kernel.dispatch("analytics.show", request)

        view = await ask()
        totals = view.totals
        assert (totals.accepted, totals.first, totals.tasks, totals.dropped, totals.left) == (3, 2, 4, 1, 0)
        assert (totals.attempts, totals.refused, totals.in_flight) == (6, 3, 0)
        assert 0 < totals.cycle_p50 <= totals.lead_p50 * 1.02 + 1
        assert {line.outcome: line.attempts for line in view.attempts} == {"accepted": 3, "refused": 3}
        assert {(line.code, line.text): line.count for line in view.failures} == {
            ("agent", "Attempt N broke …"): 1,
            ("agent", "no"): 2,
        }
        (worker,) = view.agents
        assert (worker.agent, worker.accepted, worker.rate) == ("scripted", 3, 0.5)
        assert sum(line.accepted for line in view.series) == 3
        assert (view.series[-1].done, view.series[-1].total, view.series[-1].dropped) == (3, 4, 1)
        assert {line.name: line.money for line in view.costs.projects} == {"shop": 1.0, "blog": 0.25}
        assert view.costs.total.money == 1.25
        assert view.forecast.reason == "nothing is left to do"
        shop, two = await ask(project="shop"), await ask(run_id="two", bucket="day")
        assert (shop.totals.accepted, shop.costs.total.money) == (2, 1.0)
        assert (two.totals.accepted, two.bucket, len(two.series)) == (1, "day", 1)
        assert (await ask(since="1h", bucket="minute")).totals.accepted == 3
        await work(kernel, "one-more", "d", project="shop")
        assert (await ask(project="shop")).totals.accepted == 3
        for request, code in [({"run_id": "nine"}, "no-run"), ({"project": "nine"}, "no-project")]:
            with pytest.raises(NotFound) as caught:
                await ask(**request)
            assert caught.value.code == code
        with pytest.raises(InputError, match="no point in time"):
            await ask(since="soon")


async def test_every_chart_is_to_be_had_as_csv_that_no_spreadsheet_runs(mosaic_kernel):
    async with mosaic_kernel("memory", "engine", "costs", "analytics", agent().plugin()) as kernel:
        await work(kernel, "one", "a", "b", project="+shop")
        view = await kernel.dispatch("analytics.show", {})
        found = {}
        for chart in CHARTS:
            answer = await kernel.dispatch("analytics.export", {"chart": chart})
            header, *rows = found[chart] = table(answer.text)
            assert (answer.rows, answer.name) == (len(rows), f"mosaic-{chart}.csv")
            assert all(len(row) == len(header) for row in rows)
        assert len(found["throughput"]) == 1 + len(view.series)
        assert found["burn-up"][-1][1:] == ["2", "0", "2"]
        assert found["attempts"][1:] == [["accepted", "2", str(2 / 3)], ["refused", "1", str(1 / 3)]]
        assert found["cost-by-model"][1][:3] == ["'=cmd()|m", "1.0", "0.0"]
        assert found["cost-by-project"][1][0] == "'+shop"
        assert float(found["times"][-1][4]) > 0
        one = await kernel.dispatch("analytics.export", {"chart": "agents", "run_id": "one"})
        assert one.name == "mosaic-one-agents.csv"


async def test_projects_stand_side_by_side(mosaic_kernel):
    gated = TaskSpec(task_id="gate", approval="ship?")
    async with mosaic_kernel(
        "memory", "engine", "costs", "inbox", "analytics", "workspaces", agent().plugin()
    ) as kernel:
        assert (await kernel.dispatch("project.list", {})).items == []
        await work(kernel, "one", "a", "b", project="shop")
        engine = kernel.port("scheduling").get()
        await engine.create(RunSpec(run_id="two", project="blog"), [gated, TaskSpec(task_id="x")])
        await kernel.dispatch("run.drive", {"run_id": "two"})
        await create(kernel, "three", "c", project="blog")
        await kernel.dispatch("run.exhaust", {"run_id": "three"})
        found = await kernel.dispatch("project.list", {})
        blog, shop = found.items
        assert (blog.project, shop.project, found.problems) == ("blog", "shop", [])
        assert (shop.runs, shop.tasks, shop.open) == ({"finished": 1}, {"accepted": 2}, [])
        assert (shop.accepted_today, shop.accepted_days[-1], shop.spent_money) == (2, 2, 1.0)
        assert shop.first_share == 0.5
        assert (blog.runs, blog.tasks) == (
            {"active": 1, "exhausted": 1},
            {"gated": 1, "accepted": 1, "ready": 1},
        )
        assert (blog.open, blog.open_total, blog.open_accepted) == (["three", "two"], 3, 1)
        assert (blog.newest_run, blog.needs_count) == ("three", 2)
        assert [(need.kind, need.run_id) for need in blog.needs] == [("gate", "two"), ("budget", "three")]
        assert "of the 5 tasks" in blog.forecast.reason
        (alone,) = (await kernel.dispatch("project.list", {"project": "shop"})).items
        assert alone == shop
        with pytest.raises(NotFound, match="no run belongs"):
            await kernel.dispatch("project.list", {"project": "none"})


async def test_who_may_not_see_costs_or_the_inbox_does_not_see_them_here(mosaic_kernel):
    async with mosaic_kernel("memory", "engine", "costs", "analytics", agent().plugin()) as kernel:
        await work(kernel, "one", "b", project="shop")
        view = await kernel.dispatch("analytics.show", {}, READER)
        assert view.costs.projects == ()
        assert "not known" in view.costs.problem
        found = await kernel.dispatch("project.list", {}, READER)
        assert found.items[0].spent_money is None
        assert [text.partition(" is not known")[0] for text in found.problems] == [
            "what it cost",
            "what waits for a person",
        ]
        with pytest.raises(Denied):
            await kernel.dispatch("analytics.show", {}, Principal(name="nobody"))


class Watched:
    """A store that tells what was read of its log."""

    def __init__(self, storage):
        self._storage = storage
        self.asked = []

    async def head(self):
        return await self._storage.head()

    async def events(self, **request):
        found = await self._storage.events(**request)
        self.asked.append((request["after"], len(found)))
        return found


async def test_every_run_has_a_forecast_of_its_own(mosaic_kernel):
    scripts = {name: fail("no") for name in ("never", "other")}
    slow = ScriptedAgent(scripts, otherwise=spend(0.25))
    names = [f"t{number}" for number in range(6)]
    async with mosaic_kernel("memory", "engine", "costs", "analytics", slow.plugin()) as kernel:

        async def ask(**request):
            found = await kernel.dispatch("analytics.forecast", request)
            return {one.run_id: one.forecast for one in found.items}

        async def alone(run_id):
            return (await kernel.dispatch("analytics.show", {"run_id": run_id})).forecast

        assert await ask() == {}
        await work(kernel, "over", *names, "never")
        await create(kernel, "fresh", "a", "b")
        found = await ask()
        assert list(found) == ["fresh"]
        assert (found["fresh"].left, found["fresh"].based_on, found["fresh"].end_p50) == (2, 0, None)
        # A run that is taken up again has the pace that it had.
        await kernel.dispatch("task.retry", {"run_id": "over", "task_id": "never"})
        again = (await ask())["over"]
        assert (again.left, again.based_on, again.reason) == (1, 6, "nothing is being worked on now")
        assert again.work_p50 is not None
        assert again == await alone("over")
        assert list(await ask(run_ids=["over", "fresh", "over"])) == ["over", "fresh"]
        assert list(await ask(limit=1)) == ["fresh"]
        with pytest.raises(NotFound, match="no run 'none'"):
            await ask(run_ids=["none"])


async def test_what_was_read_is_not_read_again(mosaic_kernel):
    async with mosaic_kernel("memory", "engine", agent().plugin()) as kernel:
        await work(kernel, "one", "a")
        storage, account = Watched(kernel.port("storage").get()), Account()
        head = await kernel.port("storage").get().head()
        await account.catch_up(storage)
        await account.catch_up(storage)
        assert storage.asked == [(head - 1, 1), (0, head), (head - 1, 1), (head, 0)]


async def test_nothing_is_read_or_imported_before_the_first_question():
    class Context:
        """Nothing may be asked of it."""

    operations = AnalyticsPlugin().mosaic_operations(Context())
    assert [one.name for one in operations] == [
        "analytics.show",
        "analytics.export",
        "analytics.forecast",
        "project.list",
    ]


async def test_another_log_is_noticed_and_a_rebuilt_one_is_the_same(mosaic_kernel, tmp_path):
    async with mosaic_kernel("memory", "engine", "ledger", "costs", "analytics", agent().plugin()) as kernel:
        await work(kernel, "one", "a", "b", project="shop")
        storage = kernel.port("storage").get()
        backup = str(tmp_path / "backup")
        await storage.backup(backup)
        before = await kernel.dispatch("analytics.show", {"since": "1h"})
        await storage.rebuild()
        assert (await kernel.dispatch("analytics.show", {"since": "1h"})).totals == before.totals
        await work(kernel, "two", "c", project="blog")
        assert (await kernel.dispatch("analytics.show", {})).totals.accepted == 3
        assert (await kernel.dispatch("analytics.show", {"run_id": "two"})).totals.accepted == 1
        await storage.restore(backup)
        assert (await kernel.dispatch("analytics.show", {})).totals.accepted == 2
        with pytest.raises(NotFound, match="no run"):
            await kernel.dispatch("analytics.show", {"run_id": "two"})


def run(state=RunState.ACTIVE, left=10, minutes=100, guessed=0, chain=(0, 0, 0)):
    return RunLine("shop", state, 0, left=left, minutes=minutes, guessed=guessed, chain=Chain(*chain))


def pace(*worked, minutes=10, held=1, took=0):
    pace = Pace(held=held)
    pace.samples.extend((one, minutes, took) for one in worked)
    return pace


def test_a_forecast_multiplies_what_is_left_by_the_pace_there_was():
    steady = forecast([run()], pace(*[60_000] * 20), 1_000, 5)
    assert (steady.left, steady.minutes, steady.based_on) == (10, 100, 20)
    assert (steady.end_p50, steady.end_p90, steady.reason) == (601_000, 601_000, "")
    uneven = forecast([run()], pace(*[30_000, 90_000] * 10), 1_000, 5)
    assert 540_000 < uneven.work_p50 < 660_000 < uneven.work_p90 < 900_000
    nearly = forecast([run(left=1, minutes=10)], pace(*[30_000, 90_000] * 10), 1_000, 5)
    assert (nearly.work_p90) == 90_000
    guessed = forecast([run(minutes=50, guessed=5)], pace(*[60_000] * 20), 1_000, 5)
    assert (guessed.minutes, guessed.work_p50) == (100, 600_000)
    unknown = forecast([run(minutes=0, guessed=10)], pace(*[60_000] * 20, minutes=None), 1_000, 5)
    assert (unknown.minutes, unknown.work_p50) == (0, 600_000)


def test_a_forecast_is_no_shorter_than_the_longest_chain_of_what_is_left():
    # Four at once: a task takes four minutes, and one is accepted each minute.
    four = pace(*[60_000] * 20, took=240_000)
    wide = forecast([run(chain=(20, 0, 2))], four, 0, 5)
    assert (wide.chain_minutes, wide.work_p50) == (20, 600_000)
    narrow = forecast([run(chain=(50, 0, 5))], four, 0, 5)
    assert (narrow.chain_minutes, narrow.work_p50, narrow.work_p90) == (50, 1_200_000, 1_200_000)
    side_by_side = forecast([run(chain=(50, 0, 5)), run(chain=(30, 0, 3))], four, 0, 5)
    assert (side_by_side.chain_minutes, side_by_side.work_p50) == (50, 1_200_000)
    guessed = forecast([run(minutes=0, guessed=10, chain=(0, 5, 5))], four, 0, 5)
    assert (guessed.chain_minutes, guessed.work_p50) == (50, 1_200_000)
    blind = pace(*[60] * 9, minutes=None, took=240)
    unknown = forecast([run(minutes=0, guessed=10, chain=(0, 5, 5))], blind, 0, 5)
    assert (unknown.chain_minutes, unknown.work_p50) == (0, 1_200)
    uneven = Pace(held=1)
    uneven.samples.extend((60_000, 10, took) for took in (120_000, 360_000) * 10)
    found = forecast([run(chain=(50, 0, 5))], uneven, 0, 5)
    assert 1_000_000 < found.work_p50 < 1_400_000 < found.work_p90 < 1_800_000


async def test_the_longest_chain_of_what_is_left():
    graph = Graph()
    edges = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "e": [], "alone": []}
    minutes = {"a": 5, "b": 10, "c": None, "d": 1, "e": 2, "alone": 17}
    tasks = [{"task_id": name, "minutes": minutes[name], "needs": ["x"] * (name != "a")} for name in edges]
    graph.extend({"tasks": tasks, "dependants": [[[to, False] for to in edges[name]] for name in edges]}, 0)
    assert await longest_chain(graph, 3) == Chain(18, 0, 4)
    assert await longest_chain(graph, 30) == Chain(8, 1, 4)
    graph.move("task.claimed", "a", {}, 1)
    graph.move("task.accepted", "a", None, 2)
    assert await longest_chain(graph, 3) == Chain(17, 0, 1)
    graph.move("task.cancelled", "alone", None, 3)
    assert await longest_chain(graph, 3) == Chain(13, 0, 3)
    graph.move("task.cancelled", "d", None, 4)
    assert await longest_chain(graph, 3) == Chain(10, 0, 1)
    assert await longest_chain(Graph(), 3) == Chain()


async def test_the_longest_chain_of_ten_thousand_tasks_lets_others_run():
    graph = Graph()
    tasks = [{"task_id": f"t{n}", "minutes": 1, "needs": ["x"] * (n > 0)} for n in range(10_000)]
    waiting = [[[f"t{n + 1}", False]] if n < 9_999 else [] for n in range(10_000)]
    graph.extend({"tasks": tasks, "dependants": waiting}, 0)
    async with turns_of_others() as turns:
        assert await longest_chain(graph, 1) == Chain(10_000, 0, 10_000)
    assert turns.count >= 8, "one for each thousand tasks, but where they begin and end"


@pytest.mark.parametrize(
    ("runs", "of", "reason"),
    [
        ([], pace(*[9] * 9), "nothing is left to do"),
        ([run(state=RunState.CANCELLED)], pace(*[9] * 9), "nothing is left to do"),
        ([run()], pace(9), "only 1 of the 5 tasks that it takes for a forecast were accepted"),
        ([run()], pace(*[0] * 9), "the accepted tasks took no time, or were estimated to take none"),
        ([run()], pace(*[9] * 9, minutes=0), "the accepted tasks took no time, or were estimated to take none"),
        ([run()], pace(*[9] * 9, held=0), "nothing is being worked on now"),
        (
            [run(state=RunState.PAUSED)],
            pace(*[9] * 9),
            "every run with tasks left is paused, or its budget is spent",
        ),
    ],
)
def test_what_cannot_be_foretold_is_told_with_its_reason(runs, of, reason):
    found = forecast(runs, of, 1_000, 5)
    assert (found.end_p50, found.end_p90, found.reason) == (None, None, reason)
    assert (found.work_p50 is None) == ("now" not in reason and "paused" not in reason)


def test_time_without_work_and_after_the_last_lease_is_no_work():
    pace = Pace()
    pace.hold(1_000, 1)
    pace.lease(11_000)
    pace.accept(5_000, 3, 4_000)
    pace.hold(5_000, -1)
    pace.hold(900_000, 1)
    pace.lease(902_000)
    pace.hold(990_000, -1)
    pace.hold(990_000, 1)
    pace.lease(999_000)
    pace.accept(991_000, None, 9)
    assert list(pace.samples) == [(4_000, 3, 4_000), (3_000, None, 9)]
    assert pace.clock == 7_000
