"""Notices that the event loop is blocked, and names the plugin that blocks it.

Owns a trio instrument that notes when each turn of the loop begins and ends, and one thread that looks
when a turn may last no longer. Nothing is done for a task's step, and the thread sleeps without a
wake-up while the loop has nothing to do. Refuses to end what blocks: it says where that is.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType

import attrs
import trio
from trio.abc import Instrument

_LOG = logging.getLogger(__name__)
_JOIN_SECONDS = 1.0


@attrs.frozen(kw_only=True)
class Stall:
    """One turn of the loop that lasts too long.

    `plugin` is whose code was running when it was noticed ("": none of the plugins'), `where` the innermost
    line of it as ``file:line function``; "" if the turn was over before anybody could look. `seconds` is how
    long it had lasted by then, or in all if it `is_over`.
    """

    plugin: str
    where: str
    seconds: float
    is_over: bool


class StallWatch:
    """Watches the loop that it is started in.

    Args:
        owners: returns which plugin a package belongs to: its top-level name → the plugin's name. A
            generation's fresh name counts as the name before ``@``, unless it is there itself. Called in
            the watching thread, and only while there is a stall.
        on_stall: called in the loop's thread, at the loop's next turn: twice a stall, when it is noticed
            and when it is over. The blocked loop can run nothing, so both come when it goes on.
        seconds: how long a turn may last; 0: nothing is watched.
        on_blocked: called at once when a stall is noticed, in the watching thread, so that something is
            said of a loop that never goes on. It must not touch what belongs to the loop.

    What a callback raises is logged by the standard library's logging, and disturbs nothing.
    """

    def __init__(
        self,
        owners: Callable[[], Mapping[str, str]],
        on_stall: Callable[[Stall], None],
        seconds: float,
        *,
        on_blocked: Callable[[Stall], None] | None = None,
    ) -> None:
        self._owners = owners
        self._on_stall = on_stall
        self._on_blocked = on_blocked
        self._seconds = seconds
        self._turns: _Turns | None = None
        self._thread: threading.Thread | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._loop_thread = 0
        self._lock = threading.Lock()
        self._noticed: tuple[int, Stall] | None = None
        self.looks = 0
        """How often the thread has looked, since the start."""

    def start(self) -> None:
        """Begin to watch the loop that runs. Does nothing if `seconds` is 0, or if it watches already."""
        if self._seconds <= 0 or self._thread is not None:
            return
        self._noticed = None
        self._token = trio.lowlevel.current_trio_token()
        self._loop_thread = threading.get_ident()
        self._turns = _Turns(self._seconds, self._end)
        trio.lowlevel.add_instrument(self._turns)
        self._thread = threading.Thread(
            target=self._watch, args=(self._turns,), name="mosaic-stall-watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer, and end the thread. Does nothing if it does not watch."""
        thread, turns, self._thread, self._turns = self._thread, self._turns, None, None
        if thread is None or turns is None:
            return
        with contextlib.suppress(KeyError):
            # trio has removed an instrument that raised, as one does that Ctrl-C hits.
            trio.lowlevel.remove_instrument(turns)
        turns.end()
        thread.join(_JOIN_SECONDS)

    def _watch(self, turns: _Turns) -> None:
        idle_since = noticed = -1
        while not turns.is_over:
            self.looks += 1
            count, since = turns.count, turns.since
            if not since:
                if count == idle_since:
                    # There was no turn since the last look: it may be long until the next.
                    turns.park()
                else:
                    idle_since = count
                    turns.wake.wait(self._seconds)
                continue
            left = since + self._seconds - time.perf_counter()
            if left > 0:
                turns.wake.wait(left)
            elif count == noticed:
                turns.wake.wait(self._seconds)
            else:
                noticed = count
                self._notice(turns, count, since)

    def _notice(self, turns: _Turns, count: int, since: float) -> None:
        plugin, where = self._find_culprit()
        stall = Stall(plugin=plugin, where=where, seconds=time.perf_counter() - since, is_over=False)
        with self._lock:
            if turns.since != since or turns.count != count:
                return
            self._noticed = (count, stall)
            self._report(stall)
        if self._on_blocked is not None:
            _tell(self._on_blocked, stall)

    def _end(self, count: int, seconds: float) -> None:
        """Report the end of a turn that lasted too long; called in the loop's thread, within trio."""
        with self._lock:
            noticed, self._noticed = self._noticed, None
            if noticed is not None and noticed[0] == count:
                self._report(attrs.evolve(noticed[1], seconds=seconds, is_over=True))
            else:
                self._report(Stall(plugin="", where="", seconds=seconds, is_over=True))

    def _report(self, stall: Stall) -> None:
        with contextlib.suppress(trio.RunFinishedError):
            if self._token is not None:
                self._token.run_sync_soon(_tell, self._on_stall, stall)

    def _find_culprit(self) -> tuple[str, str]:
        try:
            owners = self._owners()
        except Exception:  # noqa: BLE001 - the edge to whoever embeds this; without owners nobody is named
            _LOG.exception("the owners of packages are not known")
            owners = {}
        # There is no public way to see what another thread does.
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001
        innermost = _place(frame) if frame is not None else ""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            top = name.partition(".")[0] if isinstance(name, str) else ""
            plugin = owners.get(top) or owners.get(top.partition("@")[0])
            if plugin:
                return plugin, _place(frame)
            frame = frame.f_back
        return "", innermost


def _tell(callback: Callable[[Stall], None], stall: Stall) -> None:
    try:
        callback(stall)
    except Exception:  # noqa: BLE001 - raised in the loop, it would end the whole run; else the thread
        _LOG.exception("the callback of a stall failed")


def _place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_filename}:{frame.f_lineno} {code.co_qualname}"


class _Turns(Instrument):
    """What the loop's thread notes: `since` is when its present turn began, 0 while it waits."""

    def __init__(self, seconds: float, on_long: Callable[[int, float], None]) -> None:
        self.since = time.perf_counter()
        self.count = 0
        self.is_parked = False
        self.is_over = False
        self.wake = threading.Event()
        self._seconds = seconds
        self._on_long = on_long

    def after_io_wait(self, timeout: float) -> None:
        """Note that a turn begins, and wake the thread if it sleeps."""
        self.count += 1
        self.since = time.perf_counter()
        if self.is_parked:
            self.is_parked = False
            self.wake.set()

    def before_io_wait(self, timeout: float) -> None:
        """Note that a turn is over."""
        seconds = time.perf_counter() - self.since
        self.since = 0.0
        if seconds >= self._seconds:
            self._on_long(self.count, seconds)

    def after_run(self) -> None:
        """End the thread of a watch that nobody stopped."""
        self.end()

    def end(self) -> None:
        """Wake the thread for the last time."""
        self.is_over = True
        self.wake.set()

    def park(self) -> None:
        """Sleep until the next turn begins; called in the watching thread."""
        self.wake.clear()
        self.is_parked = True
        # Whatever came before the line above is seen here, and what comes after it wakes.
        if not self.since and not self.is_over:
            self.wake.wait()
        self.is_parked = False
        self.wake.clear()
