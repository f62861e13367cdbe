"""Real blocking: these tests wait in real time, since what they are about is a clock that runs on."""

import hashlib
import sys
import threading
import time
import types
from pathlib import Path

import pytest
import trio

from mosaic_kernel.stalls import StallWatch

SECONDS = 0.1
LONG = 0.3


class Heard(list):
    """What a watch reported, with the threads that it was reported in.

    Of one plugin alone if it is given: a machine that is loaded has stalls of its own.
    """

    def __init__(self, plugin=None):
        super().__init__()
        self._plugin = plugin
        self.threads = set()
        self.over = trio.Event()

    def __call__(self, stall):
        if self._plugin not in (None, stall.plugin):
            return
        self.append(stall)
        self.threads.add(threading.get_ident())
        if stall.is_over:
            self.over.set()

    async def end(self):
        with trio.fail_after(10):
            await self.over.wait()


@pytest.fixture
def plugin():
    """Make functions in modules of made-up plugins."""
    made = []

    def define(module, source):
        code = types.ModuleType(module)
        exec(compile(source, f"/plugins/{module}.py", "exec"), vars(code))
        sys.modules[module] = code
        made.append(module)
        return code

    yield define
    for module in made:
        del sys.modules[module]


@pytest.fixture
async def watch():
    """Watch the test's own loop; ended with the test."""
    watches = []

    def start(heard, owners=None, seconds=SECONDS, **arguments):
        watch = StallWatch(lambda: owners or {}, heard, seconds, **arguments)
        watch.start()
        watches.append(watch)
        return watch

    yield start
    for one in watches:
        one.stop()


SLEEPER = "import time\n\ndef nap(seconds):\n    time.sleep(seconds)\n"


async def test_a_sleep_is_told_once_at_its_start_and_once_at_its_end(plugin, watch):
    sleeper = plugin("made_up_sleeper.plugin", SLEEPER)
    heard = Heard("sleeper")
    watch(heard, {"made_up_sleeper": "sleeper"})
    await trio.lowlevel.checkpoint()
    sleeper.nap(LONG)
    await heard.end()
    begun, over = heard
    assert (begun.plugin, over.plugin) == ("sleeper", "sleeper")
    assert begun.where == over.where == "/plugins/made_up_sleeper.plugin.py:4 nap"
    assert (begun.is_over, over.is_over) == (False, True)
    assert SECONDS <= begun.seconds < over.seconds
    assert LONG <= over.seconds < LONG + 1
    assert heard.threads == {threading.get_ident()}


async def test_each_stall_is_told_anew(plugin, watch):
    sleeper = plugin("made_up_sleeper.plugin", SLEEPER)
    heard = Heard("sleeper")
    watch(heard, {"made_up_sleeper": "sleeper"})
    for _ in range(3):
        await trio.sleep(0.01)
        sleeper.nap(SECONDS * 1.5)
    await trio.sleep(0.01)
    assert [stall.is_over for stall in heard] == [False, True] * 3


async def test_a_plugin_is_named_beneath_library_frames(plugin, watch):
    library = plugin(
        "made_up_library", "import time\n\ndef deep(n):\n    deep(n - 1) if n else time.sleep(0.3)\n"
    )
    caller = plugin("made_up_caller.inner.code", "def call(library):\n    library.deep(5)\n")
    outer = plugin("made_up_outer", "def call(caller, library):\n    caller.call(library)\n")
    heard = Heard("caller")
    watch(heard, {"made_up_caller": "caller", "made_up_outer": "outer"})
    await trio.lowlevel.checkpoint()
    outer.call(caller, library)
    await heard.end()
    assert [(stall.plugin, stall.where) for stall in heard] == [
        ("caller", "/plugins/made_up_caller.inner.code.py:2 call")
    ] * 2


async def test_a_coroutine_of_a_plugin_that_awaits_another(plugin, watch):
    source = (
        "import time\n\nclass Deep:\n    async def down(self):\n        time.sleep(0.3)\n\n"
        "async def top():\n    await Deep().down()\n"
    )
    code = plugin("made_up_deep", source)
    heard = Heard("deep")
    watch(heard, {"made_up_deep": "deep"})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(code.top)
    await heard.end()
    assert heard[0].where == "/plugins/made_up_deep.py:5 Deep.down"


@pytest.mark.parametrize(
    ("module", "owners", "named"),
    [
        ("made_up_new@7.plugin", {"made_up_new": "new"}, "new"),
        ("made_up_new@7.plugin", {"made_up_new": "new", "made_up_new@7": "new of seven"}, "new of seven"),
        ("made_up_newer.plugin", {"made_up_new": "new"}, ""),
    ],
)
async def test_a_later_generation_counts_as_its_plugin(plugin, watch, module, owners, named):
    sleeper = plugin(module, SLEEPER)
    heard = Heard()
    watch(heard, owners)
    await trio.lowlevel.checkpoint()
    sleeper.nap(LONG)
    await heard.end()
    assert [stall.plugin for stall in heard] == [named] * 2


C_CALLS = {
    "releases the lock": "import hashlib\n\ndef work(n):\n    hashlib.pbkdf2_hmac('sha256', b'?', b'!', n)\n",
    "holds the lock": "def work(n):\n    sum(range(n))\n",
}


@pytest.mark.parametrize("kind", C_CALLS)
async def test_a_call_into_c(plugin, watch, kind):
    work = plugin("made_up_c", C_CALLS[kind]).work
    count, taken = 1_000, 0.0
    while taken < LONG:
        count *= 2
        begun = time.perf_counter()
        work(count)
        taken = time.perf_counter() - begun
    heard = Heard("c")
    watch(heard, {"made_up_c": "c"})
    await trio.sleep(0.01)
    work(count)
    await heard.end()
    line = C_CALLS[kind].count("\n")
    assert [(stall.plugin, stall.where) for stall in heard] == [("c", f"/plugins/made_up_c.py:{line} work")] * 2


async def test_what_is_no_plugins_is_told_without_a_name(watch):
    heard = Heard()
    watch(heard, {"made_up_other": "other"})
    await trio.lowlevel.checkpoint()
    time.sleep(LONG)  # noqa: ASYNC251 - blocking the loop is what this is about
    await heard.end()
    assert {stall.plugin for stall in heard} == {""}
    assert any("test_stalls.py" in stall.where for stall in heard)


async def test_what_blocks_is_told_at_once_in_the_watching_thread(watch):
    told = threading.Event()
    stalls = []

    def on_blocked(stall):
        stalls.append((threading.get_ident(), stall))
        told.set()

    heard = Heard()
    watch(heard, on_blocked=on_blocked)
    await trio.lowlevel.checkpoint()
    # The loop stands still, and yet this comes.
    assert told.wait(10)
    assert heard == []
    ((thread, stall),) = stalls
    assert thread != threading.get_ident()
    assert not stall.is_over
    await heard.end()


async def test_no_false_alarm_under_64_busy_tasks(watch):
    heard = Heard()
    watching = watch(heard, seconds=0.5)

    async def busy():
        while True:
            sum(range(50))
            await trio.lowlevel.checkpoint()

    begun = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(64):
            nursery.start_soon(busy)
        await trio.sleep(2)
        nursery.cancel_scope.cancel()
    assert heard == []
    # Once a period, whatever the loop does.
    assert watching.looks <= 6 + 2 * (time.perf_counter() - begun)


async def test_short_turns_with_pauses_do_not_wake_the_thread_each_time(watch):
    watching = watch(Heard(), seconds=0.5)
    await trio.lowlevel.checkpoint()
    before, begun = watching.looks, time.perf_counter()
    for _ in range(200):
        await trio.sleep(0.002)
    assert watching.looks - before <= 4 + 2 * (time.perf_counter() - begun)


async def test_the_thread_sleeps_without_a_wake_up_while_nothing_happens(watch):
    watching = watch(Heard(), seconds=0.02)
    switches = None
    async with trio.open_nursery() as nursery:

        async def idle():
            nonlocal switches
            # One turn, and the looks that follow it, are let go by; then the measuring itself makes a turn.
            await trio.to_thread.run_sync(measure)
            nursery.cancel_scope.cancel()

        def measure():
            nonlocal switches
            thread = watching._thread
            time.sleep(0.3)
            before = (watching.looks, _switches(thread))
            time.sleep(1.0)
            switches = (before, (watching.looks, _switches(thread)))

        nursery.start_soon(idle)
        await trio.sleep_forever()
    before, after = switches
    assert before == after


def _switches(thread):
    """Return how often a thread has gone to sleep; so long as it sleeps, that does not change."""
    if not sys.platform.startswith("linux"):
        return 0
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return [line for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")]


async def test_the_thread_ends_with_the_watch_and_a_second_stop_does_nothing():
    watching = StallWatch(dict, Heard(), SECONDS)
    for _ in range(20):
        watching.start()
        thread = watching._thread
        watching.start()
        assert watching._thread is thread
        await trio.lowlevel.checkpoint()
        watching.stop()
        watching.stop()
        assert not thread.is_alive()


async def test_a_parked_thread_ends_too():
    watching = StallWatch(dict, Heard(), 0.01)
    watching.start()
    thread = watching._thread
    await trio.sleep(0.1)
    watching.stop()
    assert not thread.is_alive()


def test_the_thread_ends_with_a_run_that_stopped_nothing():
    threads = []

    async def main():
        watching = StallWatch(dict, Heard(), SECONDS)
        watching.start()
        threads.append(watching._thread)
        await trio.lowlevel.checkpoint()

    trio.run(main)
    threads[0].join(10)
    assert not threads[0].is_alive()


async def test_zero_seconds_watch_nothing():
    before = threading.active_count()
    watching = StallWatch(dict, Heard(), 0)
    watching.start()
    assert threading.active_count() == before
    watching.stop()


async def test_callbacks_that_raise_disturb_nothing(plugin, watch, caplog):
    def fail(*_):
        raise ValueError("odd")

    sleeper = plugin("made_up_sleeper", SLEEPER)
    heard = Heard("sleeper")
    broken = StallWatch(fail, fail, SECONDS, on_blocked=fail)
    broken.start()
    watch(heard, {"made_up_sleeper": "sleeper"})
    for _ in range(2):
        await trio.sleep(0.01)
        sleeper.nap(LONG)
    await trio.sleep(0.01)
    broken.stop()
    assert [stall.plugin for stall in heard] == ["sleeper"] * 4
    assert {record.name for record in caplog.records} == {"mosaic_kernel.stalls"}


def test_two_loops_in_two_threads_do_not_disturb_each_other(plugin):
    sleeper = plugin("made_up_sleeper", SLEEPER)
    heard = {}
    both = threading.Barrier(2)

    def run(name, seconds):
        async def main():
            heard[name] = mine = Heard(name)
            watching = StallWatch(lambda: {"made_up_sleeper": name}, mine, SECONDS)
            watching.start()
            await trio.lowlevel.checkpoint()
            both.wait(10)
            for _ in range(10):
                sleeper.nap(seconds / 10) if seconds < LONG else None
                await trio.sleep(0.01)
            if seconds >= LONG:
                sleeper.nap(seconds)
            await trio.sleep(0.01)
            watching.stop()

        trio.run(main)

    threads = [threading.Thread(target=run, args=entry) for entry in (("calm", 0.1), ("blocked", LONG))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    # A machine that is loaded may hold up a short nap, but not for as long as the other loop naps.
    assert [stall for stall in heard["calm"] if stall.seconds >= LONG] == []
    assert [stall.plugin for stall in heard["blocked"]] == ["blocked"] * 2


async def test_two_watches_in_one_loop_name_their_own_plugins_only(plugin, watch):
    sleeper = plugin("made_up_sleeper", SLEEPER)
    mine, other = Heard("sleeper"), Heard()
    watch(mine, {"made_up_sleeper": "sleeper"})
    watch(other, {"made_up_else": "else"})
    await trio.lowlevel.checkpoint()
    sleeper.nap(LONG)
    await mine.end()
    await other.end()
    assert [stall.plugin for stall in mine] == ["sleeper"] * 2
    assert {stall.plugin for stall in other} == {""}


async def test_no_frame_of_the_blocked_code_is_kept(plugin, watch):
    import gc
    import weakref

    sleeper = plugin("made_up_sleeper", "import time\n\ndef nap(thing):\n    time.sleep(0.3)\n")
    heard = Heard()
    watch(heard, {"made_up_sleeper": "sleeper"})

    class Thing:
        pass

    thing = Thing()
    reference = weakref.ref(thing)
    await trio.lowlevel.checkpoint()
    sleeper.nap(thing)
    await heard.end()
    del thing
    gc.collect()
    assert reference() is None


async def test_hashing_beside_the_loop_is_no_stall(watch):
    heard = Heard()
    watch(heard, seconds=0.2)
    await trio.to_thread.run_sync(hashlib.pbkdf2_hmac, "sha256", b"secret", b"salt", 300_000)
    assert heard == []
