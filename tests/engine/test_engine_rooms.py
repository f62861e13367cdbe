"""However drives claim, get and begin, no more is on its way to an agent than it has room for."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_engine.rooms import Rooms
from mosaic_hookspecs import AgentOffer

DRIVES = st.integers(0, 2)


class Drives(RuleBasedStateMachine):
    """Drives that share the room of agents; what they hold is what has not begun, or has."""

    @initialize(rooms=st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), min_size=1))
    def begin(self, rooms):
        self.rooms, self.account, self.number = rooms, Rooms(), 0
        self.offers = [AgentOffer(name=name, room=room) for name, room in rooms.items()]
        self.helds = [{} for _ in range(3)]
        self.leave = [self.account.join(held) for held in self.helds]
        self.asked = [[], [], []]

    @rule(drive=DRIVES)
    def claim(self, drive):
        left = self.account.left([*self.offers, AgentOffer(name="boundless")], list)
        assert left[-1].name == "boundless"
        self.asked[drive].append((left, self.account.ask(left)))

    @rule(drive=DRIVES, many=st.integers(0, 3))
    def answer(self, drive, many):
        if self.asked[drive]:
            left, answered = self.asked[drive].pop()
            for offer in left:
                for _ in range(many if offer.room is None else min(many, offer.room)):
                    self.number += 1
                    lease = SimpleNamespace(agent=offer.name)
                    self.helds[drive][self.number] = SimpleNamespace(lease=lease, is_begun=False)
            answered()
            answered()

    @rule(drive=DRIVES)
    def work(self, drive):
        for attempt in list(self.helds[drive].values())[:1]:
            attempt.is_begun = True

    @rule(drive=DRIVES)
    def give_back(self, drive):
        if self.helds[drive]:
            self.helds[drive].popitem()

    @rule(drive=DRIVES)
    def end(self, drive):
        self.leave[drive]()
        for _, answered in self.asked[drive]:
            answered()
        self.asked[drive].clear()
        self.helds[drive].clear()
        self.leave[drive] = self.account.join(self.helds[drive])

    @invariant()
    def nothing_is_promised_twice(self):
        attempts = [one for held in self.helds for one in held.values() if not one.is_begun]
        for name, room in self.rooms.items():
            assert sum(one.lease.agent == name for one in attempts) <= room

    def teardown(self):
        for drive in range(3):
            self.end(drive)
        found = self.account.left(self.offers, list)
        assert list(found) == [offer for offer in self.offers if offer.room], "nothing stays taken"


TestDrives = Drives.TestCase
TestDrives.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_who_was_kept_back_is_woken_when_the_claim_before_it_is_answered():
    account, woken = Rooms(), []
    offers = [AgentOffer(name="a", room=1)]
    answered = account.ask(account.left(offers, lambda: woken.append("first")))
    assert account.left(offers, lambda: woken.append("second")) == []
    assert woken == []
    answered()
    assert woken == ["second"]
    assert account.left(offers, lambda: woken.append("second")) == offers
