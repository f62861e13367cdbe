"""`mosaic top` while somebody looks at it: follows what happens, draws, and does what keys ask for.

Owns what the screen shows at a time, and when it is drawn. Nothing is asked again unless an event says that
something happened; a clock runs only while a task is being worked on.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import trio
from rich.text import Text

from mosaic_hookspecs.errors import MosaicError

from .terminal_text import one_line
from .top_bell import Bell
from .top_frame import Place, draw
from .top_hearing import Hearing
from .top_keys import KeyReader
from .top_link import Link
from .top_log import LogView
from .top_picture import FINAL, Key, Picture, take_picture
from .top_prompt import Prompt
from .top_rows import Outlook
from .top_screen import TopScreen

_ASK_GAP, _DRAW_GAP = 0.3, 0.08  # seconds between two
_RETRY_GAP = 2.0
_NOTICE_SECONDS = 8.0
_HELP = (
    "q        leave; nothing that runs is stopped by it",
    "↑ ↓      select a run, something that needs you, or a task (also k and j)",
    "l enter  the log of the selected task, live",
    "p        pause the selected run, or resume it",
    "a        answer what is selected; else the first that needs you. It asks before it does.",
    "any key closes this",
)


class Top:
    """What is shown, over any number of links: a system may end while one looks on."""

    def __init__(self, screen: TopScreen, *, title: str, person: str) -> None:
        self._screen = screen
        self._title = title
        self._person = person
        self._picture = Picture()
        self._selected: Key | None = None
        self._place = 0
        self._notice = ("", "")
        self._notice_until = 0.0
        self._prompt: Prompt | None = None
        self._log: tuple[LogView, trio.CancelScope] | None = None
        self._has_help = False
        self._is_left = False
        self._changed, self._stale = Bell(), Bell()
        self._hearing = Hearing(self._changed.ring)

    async def watch(self, link: Link) -> None:
        """Show what `link` tells until the person leaves. Raises `LinkLost`, in a group."""
        self._hearing.forget()
        self._picture = await take_picture(link)
        self._settle()
        try:
            async with trio.open_nursery() as nursery:
                self._hearing.listen(link, self._picture.working, nursery)
                nursery.start_soon(self._follow, link)
                nursery.start_soon(self._ask_again, link, nursery)
                nursery.start_soon(self._signals, nursery.cancel_scope)
                nursery.start_soon(self._keys, link, nursery)
                nursery.start_soon(self._draw_on)
        finally:
            self._close_log()

    @property
    def is_left(self) -> bool:
        """Whether the person has left."""
        return self._is_left

    def say(self, words: str, style: str = "yellow") -> None:
        """Show a word at the foot for a while."""
        self._notice = (words, style)
        self._notice_until = trio.current_time() + _NOTICE_SECONDS
        self._changed.ring()

    # What happens

    async def _follow(self, link: Link) -> None:
        async with aclosing(link.follow("event.follow", {"after": self._picture.sequence})) as events:
            async for _ in events:
                self._stale.ring()

    async def _ask_again(self, link: Link, nursery: trio.Nursery) -> None:
        while True:
            await self._stale.listen()
            try:
                self._picture = await take_picture(link)
            except MosaicError as error:  # such as a plugin that is being reloaded: what was seen stays
                self.say(f"{error.what}. It is asked again.", "red")
                self._stale.ring()
                await trio.sleep(_RETRY_GAP)
                continue
            self._settle()
            self._hearing.listen(link, self._picture.working, nursery)
            self._changed.ring()
            await trio.sleep(_ASK_GAP)

    def _settle(self) -> None:
        """Keep what is selected, or select what needs a person; else what stands where it stood."""
        keys, picture = self._picture.keys(), self._picture
        if self._selected in keys:
            self._place = keys.index(self._selected)
        elif keys:
            place = len(picture.runs) if picture.people else min(self._place, len(keys) - 1)
            self._selected, self._place = keys[place], place
        else:
            self._selected = None

    # What is shown

    async def _draw_on(self) -> None:
        while True:
            self._draw()
            await trio.sleep(_DRAW_GAP)
            with trio.move_on_at(self._next_tick()):
                await self._changed.listen()

    def _next_tick(self) -> float:
        now = trio.current_time()
        ticks = now + 1 - time.time() % 1 if self._picture.active else float("inf")
        return min(ticks, self._notice_until if self._notice_until > now else float("inf"))

    def _draw(self) -> None:
        width, height = self._screen.size
        if self._log is not None:
            self._screen.draw(self._log[0].draw(width, height))
            return
        if trio.current_time() >= self._notice_until:
            self._notice = ("", "")
        clock = time.strftime("%H:%M:%S")
        outlook = Outlook(
            now=_now(),
            selected=self._selected,
            heard=self._hearing.lines,
            notice=self._notice,
            title=self._title,
            clock=clock if self._picture.active else f"quiet since {clock}",
        )
        self._screen.draw(draw(self._picture, outlook, Place(width=width, height=height), self._foot(width)))

    def _foot(self, width: int) -> Sequence[Text]:
        if self._has_help:
            return [Text(f" {line}") for line in _HELP]
        if self._prompt is not None:
            return [Text(f" {words}", style) for words, style in self._prompt.lines(width - 2)]
        return ()

    # What is pressed

    async def _signals(self, scope: trio.CancelScope) -> None:
        kinds = (signal.SIGWINCH, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP)
        with trio.open_signal_receiver(*kinds) as signals:
            async for kind in signals:
                if kind == signal.SIGTSTP:
                    self._screen.suspend()
                elif kind != signal.SIGWINCH:
                    self._is_left = True
                    scope.cancel()
                self._changed.ring()

    async def _keys(self, link: Link, nursery: trio.Nursery) -> None:
        reader = KeyReader()
        while not self._is_left:
            await trio.lowlevel.wait_readable(self._screen.input)
            data = self._screen.read()
            self._is_left = not data
            for key in reader.feed(data):
                self._press(key, link, nursery)
            self._changed.ring()
        nursery.cancel_scope.cancel()

    def _press(self, key: str, link: Link, nursery: trio.Nursery) -> None:
        if self._has_help:
            self._has_help = False
        elif self._prompt is not None:
            self._prompt.press(key)
            if self._prompt.is_over:
                prompt, self._prompt = self._prompt, None
                if prompt.is_given:
                    nursery.start_soon(self._do, self._answer(link, prompt))
        elif self._log is not None:
            if key in ("q", "escape", "l", "left"):
                self._close_log()
            else:
                self._log[0].press(key)
        elif key in ("up", "k", "down", "j", "home", "end"):
            self._move(key)
        elif action := self._actions(link, nursery).get(key):
            action()

    def _actions(self, link: Link, nursery: trio.Nursery) -> dict[str, Callable[[], None]]:
        return {
            "q": self._leave,
            "?": self._help,
            "l": lambda: self._open_log(link, nursery),
            "enter": lambda: self._open_log(link, nursery),
            "right": lambda: self._open_log(link, nursery),
            "p": lambda: nursery.start_soon(self._do, self._pause(link)),
            "a": self._ask,
        }

    def _leave(self) -> None:
        self._is_left = True

    def _help(self) -> None:
        self._has_help = True

    def _move(self, key: str) -> None:
        keys = self._picture.keys()
        if not keys:
            return
        place = {"up": self._place - 1, "k": self._place - 1, "home": 0, "end": len(keys) - 1}.get(
            key, self._place + 1
        )
        self._place = max(0, min(len(keys) - 1, place))
        self._selected = keys[self._place]

    def _open_log(self, link: Link, nursery: trio.Nursery) -> None:
        found = self._picture.task_of(self._selected)
        if found is None:
            self.say("Select a task that is being worked on: its log is shown.")
            return
        run_id, task_id, title = found
        view, scope = LogView(f"{one_line(title, 200)}  {one_line(task_id, 60)}"), trio.CancelScope()
        self._log = (view, scope)
        nursery.start_soon(self._read_log, link, {"run_id": run_id, "task_id": task_id}, view, scope)

    async def _read_log(self, link: Link, data: dict[str, Any], view: LogView, scope: trio.CancelScope) -> None:
        with scope:
            try:
                async with aclosing(link.follow("task.output", data)) as pieces:
                    async for piece in pieces:
                        view.hear(piece["token"], piece["text"])
                        self._changed.ring()
            except MosaicError as error:
                view.hear(0, f"{error.what}\n")
            view.is_over = True
            self._changed.ring()

    def _close_log(self) -> None:
        if self._log is not None:
            self._log[1].cancel()
            self._log = None

    def _ask(self) -> None:
        picture = self._picture
        item = picture.item_of(self._selected) or next(
            (one for one in picture.people if one["kind"] != "task"), next(iter(picture.people), None)
        )
        if item is None:
            self.say("Nothing needs you.")
        elif item["kind"] == "task":
            self.say(f"A task for a person: `mosaic inbox take {item['task_id']}` gives it to you.")
        else:
            self._prompt = Prompt(item=item)

    async def _answer(self, link: Link, prompt: Prompt) -> str:
        done = await link.dispatch("inbox.answer", prompt.to_data(self._person))
        return f"{one_line(prompt.item['title'], 60)}: {done['answer']}."

    async def _pause(self, link: Link) -> str:
        run = self._picture.run_of(self._selected)
        if run is None:
            return "Select a run: it is paused, or resumed."
        if run["state"] in FINAL:
            return f"{run['run_id']} has ended; only a run that goes on is paused."
        operation = "run.pause" if run["state"] == "active" else "run.resume"
        await link.dispatch(operation, {"run_id": run["run_id"]})
        words = "paused; what is being worked on goes on" if operation == "run.pause" else "active again"
        return f"{run['run_id']} is {words}."

    async def _do(self, action: Awaitable[str]) -> None:
        try:
            self.say(await action, "green")
        except MosaicError as error:
            hint = f" {error.hint}" if error.hint else ""
            self.say(f"{error.what}.{hint}", "red")


def _now() -> int:
    return time.time_ns() // 1_000_000
