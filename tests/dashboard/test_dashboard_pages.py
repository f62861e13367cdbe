"""Pages as a browser gets them: whose they are, what stands in them, and that data is inert."""

import json
import re

import httpx
import pytest

from mosaic_dashboard.own_pages import own_contributions
from mosaic_hookspecs import Need, RunSpec, StartRun, TaskSpec

HOSTILE = "</script><script>boom()</script><img src=x onerror=boom()>"
OWN = [one for one in own_contributions() if one.kind == "page"]


async def begin_run(kernel, title=HOSTILE):
    run = RunSpec(run_id="r1", title=title, project=title, target=title)
    tasks = [TaskSpec(task_id="a", title=title, runtime="nobody", approval=title, path=(title, title))]
    await kernel.port("storage").get().apply([StartRun(run=run, tasks=tasks)], by="test")


def address_of(page):
    values = {"run_id": "r1", "task_id": "a"}
    path = str(page.data.get("path", f"/pages/{page.name}"))
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match.group(1), "none"), path)


async def test_every_page_of_ours_is_drawn_and_inert(serve):
    async with serve() as (kernel, browser):
        await begin_run(kernel)
        for page in OWN:
            answer = await browser.get(f"{address_of(page)}?run_id=r1")
            assert answer.status_code == 200, (page.name, answer.text[:500])
            assert answer.text.count("<h1") == 1, page.name
            assert "<script>boom" not in answer.text, page.name
            assert "<img src=x" not in answer.text, page.name
            assert "the template of the" not in answer.text, (page.name, answer.text)
            assert not re.search(r"\sstyle=|\son[a-z]+=\"", answer.text), page.name


async def test_every_tab_of_a_task_is_drawn_and_inert(serve):
    async with serve() as (kernel, browser):
        await begin_run(kernel)
        for tab in (one for one in own_contributions() if one.kind == "tab"):
            answer = await browser.get(f"/runs/r1/tasks/a?tab={tab.name}")
            assert answer.status_code == 200
            assert f'id="tab-{tab.name}"' in answer.text, tab.name
            assert "<script>boom" not in answer.text, tab.name
            assert "the template of the" not in answer.text, (tab.name, answer.text)


async def test_a_task_that_is_not_there_has_a_way_back(serve):
    async with serve() as (kernel, browser):
        await begin_run(kernel)
        for run_id, way in (("r1", "/board?run_id=r1"), ("gone", 'href="/"')):
            page = (await browser.get(f"/runs/{run_id}/tasks/nothing")).text
            assert "There is no such task" in page
            assert way in page
            assert "problem" not in re.sub(r"<head>.*</head>", "", page, flags=re.DOTALL)


async def test_what_waits_is_counted_however_much_is_shown(serve):
    async with serve() as (kernel, browser):
        tasks = [TaskSpec(task_id=f"t{number:02}", approval="May it?") for number in range(60)]
        run = StartRun(run=RunSpec(run_id="r1", title="The one run"), tasks=tasks)
        await kernel.port("storage").get().apply([run], by="test")
        for path, shown in (("/", 5), ("/inbox", 50), ("/inbox?after=50", 10), ("/inbox?run_id=r1", 50)):
            page = (await browser.get(path)).text
            assert page.count('class="waiting-item"') == shown, path
            assert '60<span class="visually-hidden"> waiting</span>' in page
            assert page.count("The one run</a> (<code>r1</code>)") == shown
        assert "51 to 60 of 60" in (await browser.get("/inbox?after=50")).text
        other = StartRun(run=RunSpec(run_id="r2"), tasks=[TaskSpec(task_id="a", runtime="nobody")])
        await kernel.port("storage").get().apply([other], by="test")
        assert "Nothing of this run waits" in (await browser.get("/inbox?run_id=r2")).text


async def test_why_something_waits_is_said_for_people(serve):
    async with serve() as (kernel, browser):
        tasks = [
            TaskSpec(task_id="T.1", title="Bake <bread>", runtime="nobody"),
            TaskSpec(task_id="T.2", title="Sell bread", needs=(Need(task_id="T.1"),)),
        ]
        run = StartRun(run=RunSpec(run_id="r1", title="The one run"), tasks=tasks)
        await kernel.port("storage").get().apply([run], by="test")
        now = (await browser.get("/")).text
        task = (await browser.get("/runs/r1/tasks/T.2")).text
        link = '<a href="/runs/r1/tasks/T.1">Bake &lt;bread&gt;</a>'
        for page in (now, task):
            assert f"It needs {link} to be accepted, which is ready" in page
            assert "mosaic " not in re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL)
        assert "No agent here can do it" in now
        assert 'title="T.1">Bake &lt;bread&gt;</a>' in task
        await kernel.dispatch("run.pause", {"run_id": "r1"})
        assert "The one run · paused</option>" in (await browser.get("/board")).text


FORECAST = '{% import "parts.html" as ui with context %}<p>{{ ui.forecast(told) | trim }}</p>'


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            "{'end_p50': now + 240000, 'end_p90': now + 480000}",
            "<p>Done in about <strong>4 min</strong>; in nine of ten trials within <strong>8 min</strong></p>",
        ),
        (
            "{'end_p50': now + 240000, 'end_p90': now + 250000}",
            "<p>Done in about <strong>4 min</strong></p>",
        ),
        (
            "{'end_p50': none, 'work_p50': 240000, 'work_p90': 7200000}",
            "<p>About <strong>4 min</strong> to <strong>2 h</strong> of work left</p>",
        ),
        ("{'end_p50': none, 'work_p50': none}", "<p></p>"),
        ("none", "<p></p>"),
    ],
)
async def test_a_forecast_says_no_more_than_is_known(serve, add, told, said):
    add("page", "told", template=f"{{% set told = {told} %}}{FORECAST}", path="/told")
    async with serve() as (_, browser):
        assert said in (await browser.get("/told")).text


async def test_what_the_linter_objects_to_cannot_be_started_and_says_so(serve):
    async with serve() as (kernel, browser):
        plan = {"title": "Shop", "nodes": [{"node_id": "T.1", "title": "Do it", "minutes": 90}]}
        made = await kernel.dispatch("draft.create", {"text": json.dumps({"mosaic_plan": 1, **plan})})
        page = (await browser.get(f"/drafts/{made.id}")).text
        errors = sum(finding.severity == "error" for finding in made.findings)
        assert errors
        assert f"data-start-errors>{errors} error" in page
        assert "data-start hidden" in page
        assert "data-start-not hidden" not in page


async def test_pages_are_for_those_who_are_signed_in(serve):
    async with serve() as (_, browser):
        async with httpx.AsyncClient(trust_env=False, base_url=browser.base_url) as stranger:
            for path in ("/", "/inbox", "/assets/app.js", "/ui/theme/acme/1.css", "/download/task.logs"):
                answer = await stranger.get(path, headers={"accept": "text/html"})
                assert answer.status_code == 401, path
        assert (await browser.get("/")).status_code == 200


async def test_what_is_not_there_is_said(serve):
    async with serve() as (_, browser):
        answer = await browser.get("/no/such/page")
        assert answer.status_code == 404
        assert "there is no page here" in answer.text
        for path in ("/assets/none.js", "/assets/../settings.py", "/ui/module/page/now/0.js", "/panels/none"):
            assert (await browser.get(path)).status_code == 404, path


async def test_a_part_is_drawn_alone(serve, add):
    add("panel", "hello", "Hello", template="<p>{{ run.run_id }}</p>", reads={"run": {"operation": "run.show"}})
    async with serve() as (kernel, browser):
        await begin_run(kernel)
        page = (await browser.get("/")).text
        assert '<section id="panel-hello"' in page
        part = (await browser.get("/", headers={"X-Mosaic-Part": "panel:hello"})).text
        assert part.lstrip().startswith("<section")
        assert "<p>r1</p>" in part
        frame = (await browser.get("/", headers={"X-Mosaic-Part": "shell"})).text
        assert frame.lstrip().startswith("<header")
        assert (await browser.get("/", headers={"X-Mosaic-Part": "panel:none"})).status_code == 204


async def test_a_plugin_adds_pages_panels_tabs_styles_and_modules(serve, add):
    place = "<h1>{{ params.place }}</h1>"
    add("page", "weather", "Weather", path="/weather/{place}", order=5, icon="now", template=place)
    add("panel", "wind", "Wind", place="weather", module="export default () => {}", style=".wind{color:red}")
    add("tab", "tides", "Tides", template="<p>tide of {{ params.task_id }}</p>")
    add("navigation", "to-panel", "The wind", target="panel:wind", order=1)
    add("command", "blow", "Blow", operation="run.list", keys="b")
    async with serve() as (kernel, browser):
        await begin_run(kernel)
        page = (await browser.get("/weather/Bergen")).text
        assert "<h1>Bergen</h1>" in page
        assert "The wind" in page
        module = re.search(r'data-module="(/ui/module/[^"]+)"', page).group(1)
        style = re.search(r'href="(/ui/style/[^"]+)"', page).group(1)
        for address, media, text in ((module, "text/javascript", "export"), (style, "text/css", ".wind")):
            answer = await browser.get(address)
            assert answer.headers["content-type"].startswith(media)
            assert "immutable" in answer.headers["cache-control"]
            assert text in answer.text
        digest = module.rpartition("/")[2].removesuffix(".js")
        assert f'id="island-panel-wind-{digest}"' in page, "or an open page would keep the module"
        assert "Bergen" in re.search(r'data-params="([^"]+)"', page).group(1)
        frame = await browser.get("/weather/Bergen", headers={"X-Mosaic-Part": "shell"})
        assert '"title": "Blow"' in frame.text, "an open page would not see that commands have come"
        assert "tide of a" in (await browser.get("/runs/r1/tasks/a?tab=tides")).text
        assert "<h2" in (await browser.get("/panels/wind")).text


async def test_a_reload_shows_at_once_and_a_failure_stands_in_its_place(serve, add):
    additions = add("panel", "clock", "Clock", template="<p>one</p>")
    async with serve() as (_, browser):
        before = (await browser.get("/")).text
        additions.found.clear()
        add("panel", "clock", "Clock", template="<p>{{ 1 / 0 }}</p>")
        after = (await browser.get("/")).text
        assert "<p>one</p>" in before
        assert "the template of the panel &#39;clock&#39; failed: division by zero" in after
        assert "<h1>" in after
        edition = re.compile(r'data-edition="(\w+)"')
        assert edition.search(before).group(1) != edition.search(after).group(1)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for one in range(10 ** 9) %}{% endfor %}",
        "{{ params.clear() }}",
        "{% unknown %}",
        "{{ 1e999 | duration }}",
        "{{ 1e18 | ago }}",
    ],
)
async def test_a_template_that_reaches_out_is_stopped(serve, add, template):
    add("panel", "sly", "Sly", template=template)
    async with serve() as (_, browser):
        answer = await browser.get("/panels/sly?x=1")
        assert answer.status_code == 200
        assert "the template of the panel &#39;sly&#39; failed: " in answer.text


async def test_a_read_that_fails_says_why_and_an_optional_one_does_not(serve, add):
    add(
        "panel",
        "reader",
        template="<p>{{ run }} {{ quiet }}</p>",
        reads={
            "run": {"operation": "run.show", "input": {"run_id": "nope"}},
            "quiet": {"operation": "no.such", "optional": True},
        },
    )
    async with serve() as (_, browser):
        page = (await browser.get("/panels/reader")).text
        assert "nope" in page
        assert "<p>None None</p>" in page
        assert "no.such" not in page


async def test_a_theme_is_chosen_and_holds_tokens_alone(serve, add):
    tokens = {
        "color-accent": "#ff0000",
        "radius": "1px;} body{display:none",
        "x": "url(https://evil)",
        "A B": "1",
    }
    add("theme", "loud", light=tokens, dark={"color-accent": "#00ff00"})
    async with serve(**{"plugins.dashboard.theme": "loud"}) as (_, browser):
        page = (await browser.get("/")).text
        address = re.search(r'href="(/ui/theme/loud/\w+\.css)"', page).group(1)
        style = (await browser.get(address)).text
        assert (await browser.get("/ui/theme/loud/0000.css")).status_code == 404
    assert "--color-accent:#ff0000;" in style
    assert "prefers-color-scheme: dark" in style
    assert "#00ff00" in style
    assert "display" not in style
    assert "url(" not in style


async def test_a_token_of_one_mode_leaves_the_other_as_it_is(serve, add):
    add("theme", "half", light={"color-accent": "#ff0000"}, dark={})
    async with serve(**{"plugins.dashboard.theme": "half"}) as (_, browser):
        address = re.search(r'href="(/ui/theme/half/\w+\.css)"', (await browser.get("/")).text).group(1)
        style = (await browser.get(address)).text
    rules = [line for line in style.splitlines() if "#ff0000" in line]
    assert [rule.partition("{--")[0] for rule in rules] == [
        "@media (prefers-color-scheme: light){:root:not([data-mode=dark])",
        ":root[data-mode=light]",
    ]


async def test_headers_keep_browsers_safe(serve):
    async with serve() as (_, browser):
        answer = await browser.get("/")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        [script] = re.findall(r'src="(/assets/app-[^"]+)"', answer.text)
        for refused in ("identity", "gzip;q=0, *;q=0"):
            whole = await browser.get(script, headers={"accept-encoding": refused})
            assert "content-encoding" not in whole.headers
        for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text):
            asset = await browser.get(address)
            assert asset.status_code == 200
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
            if not address.endswith((".svg", "mode.js")):
                assert asset.headers.get("content-encoding") == "gzip" or len(asset.content) < 300
