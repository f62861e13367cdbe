"""What a lease allows, rule by rule: what the walks over stores cannot tell, since they share the rules."""

import attrs

from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    BeginMerge,
    CancelRun,
    Claim,
    Evidence,
    Release,
    Renew,
    Report,
    TaskSpec,
    is_live,
)
from mosaic_testing.graphs import start_run
from mosaic_testing.reference import Reference


def claim(by="any"):
    offers = [AgentOffer(name=by, is_general=True)]
    return Claim(holder="holder", offers=offers, limit=1, lease_seconds=3600.0)


def leased():
    reference = Reference()
    assert reference.do(start_run("r", [TaskSpec(task_id="t")]), now=0) is None
    [lease] = reference.do(claim(), now=0)
    return reference, {"run_id": "r", "task_id": "t", "token": lease.token}


def test_a_token_is_stale_once_its_lease_was_given_back():
    reference, named = leased()
    assert reference.do(Release(**named), now=0) is None
    for command in (Renew(**named), Report(**named, outcome="succeeded"), Accept(**named), Release(**named)):
        assert reference.do(command, now=0).code == "stale-token"


def test_an_attempt_goes_on_under_its_token_until_its_lease_runs_out():
    reference, named = leased()
    token = named["token"]
    record = reference.view.task("r", "t")
    assert is_live(record, token, 3_599_999)
    assert not is_live(record, token, 3_600_000)
    assert not is_live(record, token + 1, 0)
    assert not is_live(None, token, 0)
    assert is_live(attrs.evolve(record, lease_until=None), token, 10**13)
    assert reference.do(Release(**named), now=0) is None
    assert not is_live(reference.view.task("r", "t"), token, 0)


def test_what_was_not_reported_is_not_accepted():
    reference, named = leased()
    assert reference.do(Accept(**named), now=0).code == "wrong-state"


def test_in_a_cancelled_run_a_lease_can_only_be_given_back():
    reference, named = leased()
    assert reference.do(CancelRun(run_id="r"), now=0) is None
    for command in (Renew(**named), Report(**named, outcome="succeeded")):
        assert reference.do(command, now=0).code == "run-cancelled"
    assert reference.do(Release(**named), now=0) is None


def test_a_decided_publication_outlives_its_lease():
    reference, named = leased()
    decided = BeginMerge(**named, candidate="c", base="b", evidence=Evidence(commit="c"))
    for command in (Report(**named, outcome="succeeded"), decided, Release(**named)):
        assert reference.do(command, now=0) is None
    [heir] = reference.do(claim(), now=0)
    assert (heir.merge.candidate, heir.merge.base, heir.merge.token) == ("c", "b", named["token"])


def test_a_task_tells_whose_its_newest_attempt_is_also_once_it_is_over():
    reference, named = leased()

    def told():
        record = reference.view.task("r", "t")
        return record.agent, record.claimed_at

    assert told() == ("any", 0)
    assert reference.do(Release(**named), now=5) is None
    assert told() == ("any", 0)
    [lease] = reference.do(claim(by="other"), now=7)
    assert told() == ("other", 7)
    again = {**named, "token": lease.token}
    for command in (Report(**again, outcome="succeeded"), Accept(**again)):
        assert reference.do(command, now=9) is None
    assert told() == ("other", 7)


def test_who_only_publishes_what_another_made_does_not_take_the_credit():
    reference, named = leased()
    decided = BeginMerge(**named, candidate="c", base="b", evidence=Evidence(commit="c"))
    for command in (Report(**named, outcome="succeeded"), decided, Release(**named)):
        assert reference.do(command, now=0) is None
    [heir] = reference.do(claim(by="other"), now=3)
    assert heir.agent == "other"
    assert reference.view.task("r", "t").agent == "any"
