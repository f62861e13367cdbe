"""What strangers, hostile links and hostile words try at the door of the dashboard."""

import json
import re
import time

import httpx
import pytest
import trio
import trio.testing

from mosaic_dashboard.filters import FILTERS
from mosaic_dashboard.own_paths import own_path
from mosaic_hookspecs import (
    Denied,
    Manifest,
    Principal,
    Provides,
    Provision,
    RunSpec,
    StartRun,
    TaskSpec,
    hookimpl,
)

KEYS = {
    "reader": ("run:read", "task:read"),
    "pauser": ("run:write",),
    "nobody": (),
    "other": ("run:write",),
}


class Keys:
    """Knows people by their names."""

    async def authenticate(self, scheme, credentials):
        if credentials not in KEYS:
            raise Denied("wrong-key", "nobody has this key")
        return Principal(name=credentials, kind="user", permissions=frozenset(KEYS[credentials]))


class KeysPlugin:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="auth", name="keys", provider=Keys())]


KNOWING = (
    "keys",
    KeysPlugin(),
    Manifest(summary="Keys.", provides=(Provides(port="auth", contract="1.0", name="keys"),)),
)


async def begin(kernel, count=1):
    tasks = [
        TaskSpec(task_id=f"t{n}", title="Release", runtime="nobody", approval="Really?") for n in range(count)
    ]
    await (
        kernel.port("storage")
        .get()
        .apply([StartRun(run=RunSpec(run_id="r1", title="Shop"), tasks=tasks)], by="test")
    )


async def state_of(kernel):
    return (await kernel.dispatch("run.show", {"run_id": "r1"})).state


async def csrf(browser):
    return re.search(r'data-csrf="(\w+)"', (await browser.get("/")).text).group(1)


def bearer(browser, name):
    client = httpx.AsyncClient(trust_env=False, base_url=browser.base_url)
    client.headers["authorization"] = f"Bearer {name}"
    return client


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "\x1b]" * 60_000,
        "\x1b[1m" * 60_000,
        "\x1b[" + "1" * 9000 + "m",
        "\x1b[" + ";" * 90_000,
        "\r" * 90_000,
    ],
    ids=["no end", "titles", "colours", "a number", "no letter", "returns"],
)
def test_output_of_any_shape_is_drawn_in_time(text):
    began = time.process_time()
    FILTERS["ansi"](text)
    assert time.process_time() - began < 2


def test_a_short_text_does_not_become_a_huge_table():
    began = time.process_time()
    text = "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|a\n" * 3000
    assert len(FILTERS["markdown"](text)) < 20 * len(text)
    assert time.process_time() - began < 2
    assert "<table" in FILTERS["markdown"]("|a|b|\n|-|-|\n|1|2|")
    assert len(FILTERS["markdown"]("x" * 10**6)) < 200_000


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/board?run_id=a&x=1#new", "/board?run_id=a&x=1#new"),
        ("/é", "/%C3%A9"),
        ("/a\\..\\b", "/a%5C..%5Cb"),
        *(
            (text, "")
            for text in (
                "",
                "x",
                "//e.example",
                "/\\e.example",
                "/\t/e.example",
                "/\n/e.example",
                "/ x",
                "/\x00",
            )
        ),
        *(
            (text, "")
            for text in ("javascript:alert(1)", "https://e.example", "\t//e.example", "/" + "a" * 9000)
        ),
    ],
)
def test_a_path_of_ours(text, path):
    assert own_path(text) == path


async def test_a_link_changes_nothing(serve, add):
    add(
        "panel",
        "sly",
        reads={"it": {"operation": "run.cancel", "input": {"run_id": "{run_id}"}}},
        template="{{ it }}",
    )
    async with serve() as (kernel, browser):
        await begin(kernel)
        answer = await browser.get("/download/run.cancel?run_id=r1")
        assert answer.status_code == 405
        assert "changes something" in (await browser.get("/panels/sly?run_id=r1")).text
        assert (await browser.get("/call/run.cancel?run_id=r1")).status_code in (404, 405)
        assert await state_of(kernel) == "active"


async def test_a_download_is_no_page_and_no_program(serve):
    async with serve() as (kernel, browser):
        await begin(kernel)
        for name in (
            "x.html",
            "x.svg",
            "x.exe",
            "x.command",
            ".bashrc",
            "日本.txt",
            'a"b\r\nX: y.csv',
            "x.csv.lnk",
            "e" * 500,
        ):
            query = {"run_id": "r1", "task_id": "t0", "filename": name}
            answer = await browser.get("/download/task.context", params=query)
            assert answer.status_code == 200
            given = re.fullmatch(
                r'attachment; filename="([\w.-]{1,110})"', answer.headers["content-disposition"]
            ).group(1)
            assert given.endswith((".txt", ".csv")), given
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-type"].startswith(("text/plain", "text/csv"))


async def test_what_is_sent_amiss_is_said_and_fails_nothing(serve):
    async with serve() as (kernel, browser):
        await begin(kernel)
        token = await csrf(browser)
        for path, status in (
            ("/download/no.such", 404),
            ("/download/event.follow", 400),
            ("/download/run.list?limit=x", 400),
            ("/download/task.context?input=" + "[" * 20_000, 400),
            ("/download/task.context?run_id=r1&run_id.x=1", 400),
            ("/?x=" + "a" * 9000, 414),
            ("/no/such", 404),
        ):
            answer = await browser.get(path)
            assert answer.status_code == status, (path[:60], answer.status_code)
            assert "Traceback" not in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        for fields in (
            {"input": "[" * 100_000},
            {"input": '{"run_id": 5}', "run_id.x": "1"},
            {"input": '{"x": ' + "9" * 5000 + "}"},
            {"run_id": b"\xff\xfe"},
        ):
            answer = await browser.post("/call/run.pause", data={"csrf": token, **fields})
            assert answer.status_code == 303, fields
            assert "problem" in (await browser.get("/")).text
        for priority in ("9" * 4000, "nan", "inf", "1e400"):
            fields = {"csrf": token, "run_id": "r1", "task_id": "t0", "priority": priority}
            assert (await browser.post("/call/task.prioritize", data=fields)).status_code == 303
        for place in ("/a\r\nSet-Cookie: x=y", "/\x00", "/\t/e.example", "/é"):
            for field in ("back", "then"):
                fields = {"csrf": token, "run_id": "none", field: place}
                answer = await browser.post("/call/run.pause", data=fields)
                assert answer.status_code == 303
                assert answer.headers["location"] in ("/", "/%C3%A9")
                assert "set-cookie" not in answer.headers
        assert await state_of(kernel) == "active"


async def test_methods_and_media_types_that_are_none_of_ours(serve):
    async with serve() as (kernel, browser):
        await begin(kernel)
        token = await csrf(browser)
        shown = {"x-mosaic-csrf": token}
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            answer = await browser.request(method, "/call/run.pause", headers=shown)
            assert answer.status_code == 405
            assert "POST" in answer.headers["allow"]
        for path in ("/", "/inbox", "/no/such", "/download/x"):
            got, head = await browser.get(path), await browser.head(path)
            assert head.status_code == got.status_code
            assert head.content == b""
        for media in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
            fields = f"csrf={token}&run_id=r1"
            for headers in ({}, shown):
                answer = await browser.post(
                    "/call/run.pause", content=fields, headers={"content-type": media, **headers}
                )
                assert answer.status_code in (403, 415), (media, answer.status_code)
        for header in ("x-http-method-override", "x-method-override"):
            await browser.get("/call/run.pause?run_id=r1", headers={header: "POST"})
        assert await state_of(kernel) == "active"


async def test_a_form_of_very_many_fields_is_refused_at_once(serve):
    async with serve() as (_, browser):
        body = b"csrf=" + (await csrf(browser)).encode() + b"&a=1" * 900_000
        headers = {"content-type": "application/x-www-form-urlencoded"}
        began = time.process_time()
        answer = await browser.post("/call/run.list", content=body, headers=headers)
        assert answer.status_code == 400
        assert time.process_time() - began < 1


async def test_what_a_script_is_told_fits_into_a_header(serve):
    async with serve() as (_, browser):
        fields = {"csrf": await csrf(browser), "run_id": "é" * 200_000}
        answer = await browser.post("/call/run.pause", data=fields, headers={"HX-Request": "true"})
        assert json.loads(answer.headers["hx-trigger"])["mosaic:said"]["problem"]["what"]
        assert len(answer.headers["hx-trigger"]) < 40_000


async def test_entries_and_commands_of_plugins_lead_nowhere_else(serve, add):
    for number, target in enumerate(
        ("javascript:boom()", "/\\e.example", "/\t/e.example", "//e.example", "https://e.example")
    ):
        add("navigation", f"n{number}", f"Sly {number}", target=target)
        add("command", f"c{number}", f"Sly {number}", target=target)
    add("command", "own", "</script><script>boom()</script>", target="/board")
    async with serve() as (_, browser):
        page = (await browser.get("/")).text
        commands = json.loads(re.search(r'id="commands">(.*?)</script>', page, re.DOTALL).group(1))
    assert "e.example" not in page
    assert "javascript:" not in page
    assert "<script>boom" not in page
    assert [one["title"] for one in commands if one["kind"] == "command" and "Sly" in one["title"]] == []
    assert "/board" in [one.get("target") for one in commands]


async def test_addresses_of_a_page_stay_on_this_site(serve):
    async with serve() as (kernel, browser):
        await begin(kernel)
        for path in (
            b"/%2fruns/r1/tasks/t0",
            b"//runs/r1/tasks/t0",
            b"/runs/r1/tasks/t0%3Fx=1",
            b"/runs/r1/tasks/%22%3E",
        ):
            answer = await browser.get(browser.base_url.copy_with(raw_path=path))
            for address in re.findall(r'(?:href|action|value)="([^"]*runs/[^"]*)"', answer.text):
                assert address.startswith(("/runs/", "{")), (path, address)
                assert "x=1" not in address.partition("?")[2]


async def test_whoever_comes_with_a_key_gets_what_it_allows(serve_knowing):
    async with serve_knowing() as (kernel, browser):
        await begin(kernel)
        async with bearer(browser, "reader") as reader, bearer(browser, "nobody") as nobody:
            assert "Shop" in (await reader.get("/")).text
            assert (await reader.post("/call/run.pause", data={"run_id": "r1"})).status_code == 303
            assert "may not" in (await reader.get("/")).text
            for path in (
                "/",
                "/board",
                "/plan",
                "/analytics",
                "/projects",
                "/runs/r1/tasks/t0",
                "/inbox",
                "/admin/plugins",
            ):
                page = await nobody.get(path)
                assert "Shop" not in page.text, path
                assert "Release" not in page.text, path
            answer = await nobody.get("/download/task.context?run_id=r1&task_id=t0")
            assert answer.status_code == 403
            assert "Release" not in answer.text
        assert await state_of(kernel) == "active"
        async with bearer(browser, "pauser") as pauser, bearer(browser, "other") as other:
            # Who may carry it out, and no more, can send its form, too; and nobody else is told of it.
            await pauser.post("/call/run.pause", data={"run_id": "r1", "said": "A word for the pauser."})
            assert await state_of(kernel) == "paused"
            assert "A word for" not in (await other.get("/")).text
            assert "A word for" in (await pauser.get("/")).text
        async with bearer(browser, "unknown") as unknown:
            assert (await unknown.get("/")).status_code == 401


@pytest.fixture
def serve_knowing(serve):
    """Serve with people who have keys."""
    return lambda **settings: serve(KNOWING, **{"ports.auth": "keys", **settings})


async def test_what_waits_for_a_person_is_drawn_within_bounds(serve):
    async with serve() as (kernel, browser):
        await begin(kernel, 120)
        first = await browser.get("/inbox")
        assert first.text.count('class="waiting-item"') == 50
        assert "of 120" in first.text
        last = await browser.get("/inbox?after=100")
        assert last.text.count('class="waiting-item"') == 20
        for after in ("-5", "many", "9" * 30):
            assert (await browser.get(f"/inbox?after={after}")).status_code == 200
        assert len((await browser.get("/")).text) < 60_000


async def test_letters_that_nobody_sees_are_shown_where_somebody_decides(serve):
    async with serve() as (kernel, browser):
        text = "rm -rf build" + " " * 590 + "\u202e; rm -rf /"
        await kernel.dispatch(
            "inbox.ask", {"title": "May I\u2066 run it?", "text": text, "options": ["y\u200bes", "no"]}
        )
        page = (await browser.get("/inbox")).text
    assert page.count("U+202E") == 1
    assert "U+2066" in page
    assert "U+200B" in page
    assert "rm -rf /" in page


async def test_what_agents_ask_is_drawn_and_what_they_want_to_do_is_shown_as_it_is(serve):
    async with serve() as (kernel, browser):
        asked = {"title": "Which?", "text": "**Matt** is\u200b `cheaper`.", "options": ["matt"]}
        await kernel.dispatch("inbox.ask", asked)
        await kernel.dispatch("inbox.ask", {**asked, "text": "**All** of it. " * 60 + "<b>The end</b>"})
        wish = {**asked, "kind": "permission", "text": "rm **/*.tmp **/*.log", "wait_seconds": 30}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kernel.dispatch, "inbox.ask", wish)  # it is withdrawn when nobody waits for it
            await trio.testing.wait_all_tasks_blocked()
            page = (await browser.get("/inbox")).text
            nursery.cancel_scope.cancel()
    assert "<p><strong>Matt</strong> is⟨U+200B⟩ <code>cheaper</code>.</p>" in page
    assert "All 914 letters" in page
    assert "&lt;b&gt;The end&lt;/b&gt;" in page
    assert "rm **/*.tmp **/*.log" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("if a:\u202e", "if a:U+202E"),
        ("<b>\x1b[31m", "&lt;b&gt;U+001B[31m"),
        ("a\tb\nc é 家 \U0001f469\u200d\U0001f52c", "a\tb\nc é 家 \U0001f469\u200d\U0001f52c"),
        (None, ""),
    ],
)
def test_letters_that_nobody_sees(text, shown):
    assert re.sub(r"</?bdi[^>]*>", "", str(FILTERS["visible"](text))) == shown
