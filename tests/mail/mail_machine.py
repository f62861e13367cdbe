"""Mail beside a model of it that is too small to be wrong, over any store and any number of kernels."""

from __future__ import annotations

import queue
import threading
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import trio
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_testing.clocks import ControlledClock
from mosaic_testing.kernels import KernelFactory

NAMES = ("Ann", "Bob", "Eve")
ROLES = ("tester",)
TOPICS = ("api", "db")
ADDRESSES = (*NAMES, *(f"role:{one}" for one in ROLES), *(f"topic:{one}" for one in TOPICS), "all")
ROOM, AGAIN, EXPIRES = 3, 100, 1000
SETTINGS = {
    "plugins.mail.box_messages": ROOM,
    "plugins.mail.redeliver_seconds": AGAIN,
    "plugins.mail.box_seconds": EXPIRES,
}


@attrs.define
class ModelBox:
    opened: int
    read: int = 0
    held: list = attrs.field(factory=list)  # of [id, deliveries, until, taker]
    done: set = attrs.field(factory=set)


@attrs.define
class Model:
    """What mail is meant to do, in lists and dictionaries."""

    now: int = 1_000_000
    boxes: dict = attrs.field(factory=dict)
    topics: dict = attrs.field(factory=dict)
    dead: dict = attrs.field(factory=dict)
    sent: dict = attrs.field(factory=dict)  # id: (sender, to, text)
    sent_at: dict = attrs.field(factory=dict)

    def stale(self, name):
        box = self.boxes[name]
        return self.now - max(box.opened, box.read) > EXPIRES

    def open(self, name):
        box = self.boxes.setdefault(name, ModelBox(self.now))
        if self.now - box.read >= EXPIRES / 100:
            box.read = self.now

    def route(self, to, sender):
        kind, _, name = to.rpartition(":")
        if kind == "topic":
            found = [f"agent:{one}" for one in self.topics.get(name, ())]
            why = (to, "nobody-follows")
        elif to == "all":
            found = [one for one in sorted(self.boxes) if one.startswith("agent:")]
            found = [one for one in found if self.boxes[one].read and not self.stale(one)]
            why = ("all", "nobody-there")
        else:
            box = to if kind else f"agent:{name}"
            there = [box] if box in self.boxes else []
            return there, [] if there else [(box, "no-such-role" if kind == "role" else "unknown-recipient")]
        found = [one for one in found if one != f"agent:{sender}"]
        return found, [] if found else [why]

    def put(self, name, message):
        box = self.boxes.setdefault(name, ModelBox(self.now))
        if self.stale(name):
            return "box-expired"
        if message in box.done or message in [one[0] for one in box.held]:
            return ""
        if len(box.held) >= ROOM:
            return "box-full"
        box.held.append([message, 0, 0, ""])
        return ""

    def deliver(self, message, boxes, missing):
        reached = []
        for name, why in missing:
            self.dead[f"{message}/{name}"] = why
        for name in boxes:
            why = self.put(name, message)
            if why:
                self.dead[f"{message}/{name}"] = why
            else:
                reached.append(name)
        return reached

    def take(self, name, roles, limit, again):
        boxes = [f"agent:{name}", *(f"role:{role}" for role in roles)]
        for box in boxes:
            self.open(box)
        got = []
        for box in boxes:
            for one in self.boxes[box].held:
                if len(got) < limit and (one[2] <= self.now or (again and one[3] == name)):
                    one[1:] = [one[1] + 1, self.now + AGAIN, name]
                    got.append((one[0], box, one[1]))
        return sorted(got, key=lambda one: self.sent_at[one[0]])

    def acknowledge(self, name, ids):
        gone = set()
        for box_name, box in self.boxes.items():
            is_own = box_name == f"agent:{name}"
            for one in list(box.held):
                if one[0] in ids and (is_own or (box_name.startswith("role:") and one[3] == name)):
                    box.held.remove(one)
                    box.done.add(one[0])
                    gone.add(one[0])
        return gone

    def all_dead(self):
        unread = {
            f"{one[0]}/{name}": "box-expired"
            for name, box in self.boxes.items()
            if self.stale(name)
            for one in box.held
        }
        return {**unread, **self.dead}

    def resend(self, key):
        if key not in self.dead:
            return key in self.all_dead(), []
        message, _, recipient = key.partition("/")
        sender, to, _ = self.sent[message]
        is_box = recipient.startswith(("agent:", "role:"))
        boxes, missing = self.route(recipient if is_box else to, sender)
        reached = self.deliver(message, boxes, missing)
        if not missing and (recipient in reached or recipient not in boxes):
            del self.dead[key]
        return True, reached


_make = KernelFactory(Path())  # one for all, since it looks for the installed plugins


class Loop:
    """A trio loop in a thread, in whose one task the kernels are opened, used and closed."""

    def __init__(self):
        self._asked = queue.SimpleQueue()
        self._answers = queue.SimpleQueue()
        self._thread = threading.Thread(target=trio.run, args=(self._main,))
        self._thread.start()

    def call(self, function, *args):
        self._asked.put((function, args))
        is_error, answer = self._answers.get(timeout=60)
        if is_error:
            raise answer
        return answer

    def close(self):
        self._asked.put(None)
        self._thread.join(60)

    async def _main(self):
        while (asked := await trio.to_thread.run_sync(self._asked.get)) is not None:
            try:
                self._answers.put((False, await asked[0](*asked[1])))
            except Exception as error:  # noqa: BLE001 - raised again where it was asked for
                self._answers.put((True, error))


class MailMachine(RuleBasedStateMachine):
    """Every rule is done to mail and to the model; both must answer the same."""

    storage = "memory"
    kernels = 1

    @initialize()
    def begin(self):
        self.model = Model()
        self.clock = ControlledClock()
        self.directory = TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.open = []
        self.loop = Loop()
        self.loop.call(self._open)
        self.got = {name: {} for name in NAMES}

    async def _open(self):
        for _ in range(self.kernels):
            settings = {**SETTINGS, "ports.storage": self.storage}
            place = Path(self.directory.name)
            kernel = _make(self.storage, "mail", settings=settings, directory=place, clock=self.clock)
            self.open.append(await self.stack.enter_async_context(kernel))

    def teardown(self):
        if hasattr(self, "loop"):
            self.loop.call(self.stack.aclose)
            self.loop.close()
            self.directory.cleanup()

    def ask(self, number, operation, **data):
        return self.loop.call(self.open[number % self.kernels].dispatch, operation, data)

    @rule(number=st.integers(0, 1), sender=st.sampled_from(NAMES), address=st.sampled_from(ADDRESSES))
    def send(self, number, sender, address):
        text = f"{len(self.model.sent)}"
        boxes, missing = self.model.route(address, sender)
        sent = self.ask(number, "message.send", to=address, text=text, name=sender)
        self.model.sent[sent.id] = (sender, address, text)
        self.model.sent_at[sent.id] = self.model.now
        before = dict(self.model.dead)
        assert list(sent.boxes) == self.model.deliver(sent.id, boxes, missing)
        new = {key: why for key, why in self.model.dead.items() if key not in before}
        assert {f"{sent.id}/{one.recipient}": one.why for one in sent.dead} == new

    @rule(
        number=st.integers(0, 1),
        name=st.sampled_from(NAMES),
        roles=st.sampled_from([(), ROLES]),
        limit=st.integers(1, 4),
        again=st.booleans(),
    )
    def read(self, number, name, roles, limit, again):
        found = self.ask(number, "message.read", name=name, roles=roles, limit=limit, again=again).items
        assert [(one.id, one.box, one.deliveries) for one in found] == self.model.take(
            name, roles, limit, again
        )
        for one in found:
            assert (one.sender, one.to, one.text) == self.model.sent[one.id]
            if one.deliveries == 1 and one.box == f"agent:{name}":
                # What came before from the same sender had come first, unless it was sent again.
                last = self.got[name].setdefault(one.sender, -1)
                resent = one.id in self.resent
                assert resent or int(one.text) > last
                if not resent:
                    self.got[name][one.sender] = int(one.text)

    @rule(number=st.integers(0, 1), name=st.sampled_from(NAMES), data=st.data())
    def acknowledge(self, number, name, data):
        choices = [*self.model.sent, "unknown"]
        picked = data.draw(st.lists(st.integers(0, 30), max_size=4, unique=True))
        ids = list(dict.fromkeys(choices[-1 - number % len(choices)] for number in picked))
        done = self.ask(number, "message.acknowledge", name=name, ids=ids)
        gone = self.model.acknowledge(name, set(ids))
        assert list(done.acknowledged) == [one for one in ids if one in gone]
        assert list(done.unknown) == [one for one in ids if one not in gone]

    @rule(
        number=st.integers(0, 1),
        name=st.sampled_from(NAMES),
        topic=st.sampled_from(TOPICS),
        leave=st.booleans(),
    )
    def subscribe(self, number, name, topic, leave):
        self.ask(number, "message.subscribe", name=name, topics=[topic], leave=leave)
        self.model.open(f"agent:{name}")
        names = self.model.topics.setdefault(topic, [])
        if leave and name in names:
            names.remove(name)
        elif not leave and name not in names:
            names.append(name)

    @rule(seconds=st.sampled_from([1, 11, AGAIN + 1, EXPIRES + 1]))
    def pass_time(self, seconds):
        self.clock.advance(seconds)
        self.model.now += seconds

    @rule(number=st.integers(0, 1), place=st.integers(0, 30))
    def resend(self, number, place):
        choices = [*sorted(self.model.all_dead()), "unknown"]
        key = choices[place % len(choices)]
        done = self.ask(number, "message.resend", keys=[key])
        is_known, reached = self.model.resend(key)
        assert (list(done.boxes), list(done.unknown)) == (reached, [] if is_known else [key])
        self.resent.update([key.partition("/")[0]] if reached else [])

    @rule()
    def restart(self):
        if self.storage != "memory":
            self.loop.call(self.stack.aclose)
            self.open.clear()
            self.loop.call(self._open)

    @invariant()
    def what_is_dead_is_told(self):
        if hasattr(self, "loop"):
            found = {one.key: one.why for one in self.ask(0, "message.dead", limit=1000).items}
            assert found == self.model.all_dead()

    @property
    def resent(self):
        return self.__dict__.setdefault("_resent", set())
