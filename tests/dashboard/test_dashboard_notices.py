"""What open pages are told beside events."""

from contextlib import aclosing

import trio
import trio.testing


async def test_pages_are_told_of_plugins_and_of_what_they_ask_for(serve, add):
    add("panel", "p", template="one")
    async with serve() as (kernel, _):
        asked = {"topics": ["agents.changed", "mine.*"]}
        with trio.fail_after(10):
            async with aclosing(kernel.follow("ui.follow", asked)) as notices:
                first = await anext(notices)
                assert (first.topic, len(first.edition)) == ("ui.changed", 16)
                await trio.testing.wait_all_tasks_blocked()
                for topic in ("other", "agents.changed", "agents.changed", "mine.x"):
                    kernel.bus.publish(topic, None)
                told = [(await anext(notices)).topic for _ in range(2)]
                assert told == ["agents.changed", "mine.x"]
                kernel.bus.publish("plugin.changed", {"plugin": "p", "generation": 2})
                assert (await anext(notices)).topic == "ui.changed"


async def test_who_was_too_slow_is_told_of_everything(serve):
    async with serve() as (kernel, _):
        with trio.fail_after(10):
            async with aclosing(kernel.follow("ui.follow", {"topics": ["agents.changed"]})) as notices:
                await anext(notices)
                for _ in range(1500):
                    kernel.bus.publish("agents.changed", None)
                assert {(await anext(notices)).topic for _ in range(2)} == {"ui.changed", "agents.changed"}


async def test_a_reload_of_the_dashboard_goes_on(serve):
    async with serve() as (kernel, browser):
        with trio.fail_after(20):
            async with aclosing(kernel.follow("ui.follow", {})) as notices:
                await anext(notices)
                await kernel.dispatch("plugins.reload", {"name": "dashboard"})
                assert (await anext(notices)).topic == "ui.changed"
        assert (await browser.get("/")).status_code == 200
