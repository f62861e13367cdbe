"""Random walks over the pure rules: the laws hold after every command."""

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_hookspecs import Claim, MosaicError, find_break
from mosaic_testing import laws
from mosaic_testing.graphs import start_run, task_specs
from mosaic_testing.reference import Reference
from mosaic_testing.walks import draw_command

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))


class RulesWalk(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.reference = Reference()
        self.now = 1000

    @initialize(specs=task_specs())
    def begin(self, specs):
        self.reference.do(start_run("r0", specs), now=self.now)

    @rule(data=st.data(), passed=st.sampled_from([0, 1, 1000, 4_000_000]))
    def step(self, data, passed):
        self.now += passed
        command = draw_command(data.draw, self.reference.view)
        before = len(self.reference.events)
        outcome = self.reference.do(command, now=self.now)
        if isinstance(outcome, MosaicError):
            assert len(self.reference.events) == before, "a refusal wrote something"
        if isinstance(command, Claim) and not isinstance(outcome, MosaicError):
            assert len({(lease.run_id, lease.task_id) for lease in outcome}) == len(outcome) <= command.limit

    @invariant()
    def laws_hold(self):
        view = self.reference.view
        laws.assert_counters_are_a_recount(view)
        laws.assert_dependencies_hold(view)
        laws.assert_nothing_is_stuck(view)

    def teardown(self):
        assert find_break(self.reference.events) is None
        assert self.reference.replayed().snapshot() == self.reference.view.snapshot()


TestRulesWalk = pytest.mark.chaos(RulesWalk.TestCase)
TestRulesWalk.settings = settings(max_examples=50 * CHAOS, stateful_step_count=50, deadline=None)
