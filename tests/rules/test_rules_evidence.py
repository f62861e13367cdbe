"""Accepted is what was verified: the rules themselves refuse anything else."""

import pytest

from mosaic_hookspecs import (
    Accept,
    BeginMerge,
    Check,
    CheckResult,
    Evidence,
    Refused,
    Report,
    TaskSpec,
    TaskState,
)
from mosaic_testing.graphs import claim, start_run
from mosaic_testing.reference import Reference


def verified(*names, commit="", fails=()):
    checks = tuple(CheckResult(name=name, passed=name not in fails) for name in names)
    return Evidence(checks=checks, commit=commit)


def reported():
    reference = Reference()
    spec = TaskSpec(task_id="t", checks=(Check(name="unit"), Check(name="live")))
    assert reference.do(start_run("r", [spec]), now=0) is None
    [lease] = reference.do(claim(), now=0)
    named = {"run_id": "r", "task_id": "t", "token": lease.token}
    assert reference.do(Report(**named, outcome="succeeded"), now=0) is None
    return reference, named


SHORT = [
    verified(),
    verified("unit"),
    verified("unit", "live", fails=("live",)),
    verified("unit", "live", "more", fails=("more",)),
]


@pytest.mark.parametrize("evidence", SHORT)
def test_nothing_is_accepted_or_published_without_evidence_of_every_check(evidence):
    reference, named = reported()
    for commit in ("", "c"):
        given = Evidence(checks=evidence.checks, commit=commit)
        for command in (
            Accept(**named, evidence=given),
            BeginMerge(**named, candidate="c", base="b", evidence=given),
        ):
            refused = reference.do(command, now=0)
            assert isinstance(refused, Refused)
            assert refused.code == "no-evidence"
    assert reference.view.task("r", "t").state is TaskState.REPORTED


def test_evidence_of_something_else_publishes_and_accepts_nothing():
    reference, named = reported()
    other, own = verified("unit", "live", commit="other"), verified("unit", "live", commit="c")
    refused = reference.do(BeginMerge(**named, candidate="c", base="b", evidence=other), now=0)
    assert refused.code == "no-evidence"
    assert reference.do(BeginMerge(**named, candidate="c", base="b", evidence=own), now=0) is None
    assert reference.do(Accept(**named, evidence=other), now=0).code == "no-evidence"
    assert reference.do(Accept(**named, evidence=own), now=0) is None
    assert reference.view.task("r", "t").commit == "c"
