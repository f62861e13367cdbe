"""Forms, with and without scripts: what they carry out, what is refused, and where they lead."""

import json
import re

from mosaic_dashboard.carrying_out import filled_path
from mosaic_hookspecs import Budget, ExhaustRun, RunSpec, StartRun, TaskSpec


async def gated(kernel):
    task = TaskSpec(task_id="a", title="Release", runtime="nobody", approval="Really?")
    run = RunSpec(run_id="r1", title="Shop")
    await kernel.port("storage").get().apply([StartRun(run=run, tasks=[task])], by="test")


async def csrf(browser):
    return re.search(r'data-csrf="(\w+)"', (await browser.get("/")).text).group(1)


async def test_a_form_carries_out_an_operation_and_leads_back(serve):
    async with serve() as (kernel, browser):
        await gated(kernel)
        fields = {"csrf": await csrf(browser), "input": '{"run_id": "r1"}', "reason": "lunch", "back": "/inbox"}
        answer = await browser.post("/call/run.pause", data={**fields, "said": "Paused it."})
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
        assert (await kernel.dispatch("run.show", {"run_id": "r1"})).state == "paused"
        assert "Paused it." in (await browser.get("/inbox")).text
        assert "Paused it." not in (await browser.get("/inbox")).text


async def test_a_script_is_told_in_a_header(serve):
    async with serve() as (kernel, browser):
        await gated(kernel)
        fields = {"csrf": await csrf(browser), "input": '{"run_id": "r1"}'}
        done = await browser.post("/call/run.pause", data=fields, headers={"HX-Request": "true"})
        assert json.loads(done.headers["hx-trigger"])["mosaic:said"]["problem"] is None
        again = await browser.post("/call/run.pause", data=fields, headers={"HX-Request": "true"})
        problem = json.loads(again.headers["hx-trigger"])["mosaic:said"]["problem"]
        assert problem["code"]
        assert "does not allow" in problem["what"]


async def test_what_goes_wrong_is_said_with_its_place(serve):
    async with serve() as (kernel, browser):
        await gated(kernel)
        fields = {"csrf": await csrf(browser), "run_id": "r1", "task_id": "a", "priority": "high"}
        await browser.post("/call/task.prioritize", data=fields)
        page = (await browser.get("/")).text
        assert "this is no number" in page
        assert "<code>priority</code>" in page
        for given in ("{", "[]"):
            await browser.post("/call/run.pause", data={"csrf": await csrf(browser), "input": given})
            assert "problem" in (await browser.get("/")).text


async def test_text_becomes_what_the_operation_asks_for(serve, add):
    seen = []

    async with serve() as (kernel, browser):
        await gated(kernel)
        token = await csrf(browser)
        fields = {"csrf": token, "run_id": "r1", "task_id": "a", "is_granted": "false", "comment": "not 7"}
        await browser.post("/call/task.approve", data=fields)
        shown = await kernel.dispatch("task.show", {"run_id": "r1", "task_id": "a"})
        seen.append(shown.task.state)
        answer = await browser.get("/download/task.list?run_id=r1&states=failed,ready&limit=5")
        assert answer.status_code == 404
        assert "answers no text" in answer.text
    assert seen == ["failed"]


async def test_a_run_whose_budget_is_spent_is_resumed_with_a_larger_one(serve):
    async with serve() as (kernel, browser):
        task = TaskSpec(task_id="a", runtime="nobody")
        run = RunSpec(run_id="r1", title="Shop", budget=Budget(money=1.0, tokens=500))
        store = kernel.port("storage").get()
        await store.apply([StartRun(run=run, tasks=[task])], by="test")
        await store.apply([ExhaustRun(run_id="r1", reason="a budget is spent")], by="test")
        for path in ("/", "/board?run_id=r1"):
            page = (await browser.get(path)).text
            assert 'name="budget.money"' in page
            assert ">Resume <kbd>r</kbd></button>" in page
            assert "Go on" not in page
        assert "The budget is spent" in (await browser.get("/")).text
        fields = {"csrf": await csrf(browser), "input": '{"run_id": "r1"}', "budget.money": "2.5"}
        await browser.post("/call/run.resume", data={**fields, "budget.tokens": ""})
        shown = await kernel.dispatch("run.show", {"run_id": "r1"})
        assert (shown.state, shown.budget) == ("active", Budget(money=2.5))
        fields["budget.money"] = "much"
        await browser.post("/call/run.resume", data=fields)
        assert "<code>budget.money</code>" in (await browser.get("/")).text


async def test_a_form_of_another_page_is_refused(serve):
    async with serve() as (kernel, browser):
        await gated(kernel)
        good = await csrf(browser)
        for token in ("", "wrong", good[:-1]):
            answer = await browser.post("/call/run.pause", data={"csrf": token, "run_id": "r1"})
            assert answer.status_code == 403, token
        for origin in ("https://evil.example", "null"):
            answer = await browser.post(
                "/call/run.pause", data={"csrf": good, "run_id": "r1"}, headers={"origin": origin}
            )
            assert answer.status_code == 403, origin
        del browser.headers["origin"]
        assert (await browser.post("/call/run.pause", data={"csrf": good, "run_id": "r1"})).status_code == 403
        assert (await kernel.dispatch("run.show", {"run_id": "r1"})).state == "active"


async def test_a_form_leads_nowhere_else(serve):
    async with serve() as (kernel, browser):
        await gated(kernel)
        token = await csrf(browser)
        for then in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            for field in ("then", "back"):
                fields = {"csrf": token, "run_id": "r1", field: then}
                answer = await browser.post("/call/run.pause", data=fields)
                assert answer.headers["location"] == "/", (field, then)
        await browser.post("/call/run.resume", data={"csrf": token, "run_id": "r1"})
        fields = {"csrf": token, "run_id": "r1", "then": "/board?run_id={answer.run_id}&x={answer.none}"}
        answer = await browser.post("/call/run.pause", data=fields)
        assert answer.headers["location"] == "/board?run_id=r1&x="


async def test_a_download_is_a_file(serve):
    async with serve() as (_, browser):
        answer = await browser.get('/download/workflow.check?filename=../../a"b.csv')
        assert answer.status_code in (400, 404)
        plan = {"mosaic_plan": 1, "title": "T", "nodes": []}
        query = {"plan": json.dumps(plan), "format": "json", "filename": '../../a"b.csv'}
        answer = await browser.get("/download/plan.export", params=query)
        assert answer.headers["content-disposition"] == 'attachment; filename="ab.csv"'
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_a_form_that_is_too_long_is_refused(serve):
    async with serve(**{"plugins.dashboard.form_bytes": 2048}) as (_, browser):
        answer = await browser.post("/call/run.create", data={"csrf": await csrf(browser), "goal": "x" * 4096})
        assert answer.status_code == 413


def test_what_was_answered_is_one_step_of_a_path_and_no_more():
    answer = {"id": "../a?b#c/d", "n": 5, "more": {"text": "é x"}}
    path = "/drafts/{answer.id}?n={answer.n}&text={answer.more.text}&none={answer.none}&x={other}"
    assert filled_path(path, {"answer": answer}) == "/drafts/..%2Fa%3Fb%23c%2Fd?n=5&text=%C3%A9%20x&none=&x="
