"""What `mosaic top` does while somebody looks at it, on a screen that a test reads."""

import os
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import trio

from mosaic_cli import top_command, top_link, top_screen
from mosaic_cli.top_app import Top
from mosaic_hookspecs import NotFound, Unavailable


class Screen:
    """Keeps the frames, and has keys pressed."""

    size = (80, 24)

    def __init__(self):
        self.input, self._keys = os.pipe()
        self.frames = []
        self._drawn = trio.Event()

    def press(self, keys):
        os.write(self._keys, keys)

    def taken(self):
        return nullcontext()

    def read(self):
        return os.read(self.input, 1024)

    def draw(self, lines):
        self.frames.append("\n".join(line.plain for line in lines))
        self._drawn.set()

    async def see(self, words):
        with trio.fail_after(60):
            while not any(words in frame for frame in self.frames):
                self._drawn = trio.Event()
                await self._drawn.wait()
        self.frames = self.frames[-1:]

    def close(self):
        os.close(self.input)
        os.close(self._keys)


class Link:
    """Answers what a test says; `failures` are raised first."""

    name = "a test"

    def __init__(self):
        self.failures = []
        self.title = "one"
        self.state = "active"
        self.happened = trio.Event()

    async def dispatch(self, operation, data):
        await trio.lowlevel.checkpoint()
        if operation != "run.list":
            raise NotFound("unknown-operation", "there is none")
        if self.failures:
            raise self.failures.pop(0)
        facts = {"run_id": "r1", "target": "", "result": "running", "total": 2, "counts": {}}
        times = {"created_at": 1, "ended_at": None, "now": 2, "sequence": 7}
        return {"items": [{**facts, **times, "state": self.state, "title": self.title}]}

    async def follow(self, operation, data):
        if operation != "event.follow":
            raise NotFound("unknown-operation", "there is none")
        await self.happened.wait()
        yield {}
        await trio.sleep_forever()


@pytest.fixture
def screen():
    made = Screen()
    yield made
    made.close()


async def test_a_plugin_that_is_away_for_a_moment_ends_nothing(screen, autojump_clock):
    link = Link()
    app = Top(screen, title="/shop", person="ann")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(app.watch, link)
        await screen.see("one")
        link.failures = [Unavailable("plugin-away", "the engine is being reloaded")] * 2
        link.title = "two"
        link.happened.set()
        await screen.see("the engine is being reloaded. It is asked again.")
        assert not any("two" in frame for frame in screen.frames)
        await screen.see("two")
        assert not link.failures
        screen.press(b"q")
    assert app.is_left


async def test_a_run_that_has_ended_is_not_paused(screen, autojump_clock):
    link = Link()
    link.state = "finished"
    app = Top(screen, title="/shop", person="ann")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(app.watch, link)
        await screen.see("one")
        screen.press(b"p")
        await screen.see("r1 has ended; only a run that goes on is paused.")
        screen.press(b"q")
    assert app.is_left


class Ending(Link):
    """Its plugins end before it does."""

    async def follow(self, operation, data):
        await self.happened.wait()
        raise Unavailable("plugin-stopped", "plugin 'engine' has stopped")
        yield


async def test_what_is_stored_is_shown_when_a_system_ends(screen, autojump_clock, monkeypatch):
    ending, stored, systems = Ending(), Link(), [SimpleNamespace(pid=7)]
    stored.title = "stored"

    async def watch_here(session, app):
        await app.watch(stored)

    monkeypatch.setattr(top_screen, "TopScreen", lambda: screen)
    monkeypatch.setattr(top_link, "SystemLink", lambda _: ending)
    monkeypatch.setattr(top_command, "_systems", lambda _: systems)
    monkeypatch.setattr(top_command, "_watch_here", watch_here)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(top_command._watch, SimpleNamespace(directory="/shop"), False)
        await screen.see("one")
        ending.failures = [Unavailable("plugin-stopped", "plugin 'engine' has stopped")] * 5
        ending.happened.set()
        await screen.see("stored")
        assert "Process 7 has ended; this is what is stored." in screen.frames[-1]
        assert len(ending.failures) == 3
        screen.press(b"q")
