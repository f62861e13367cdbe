"""``plan.schedule``: when the tasks of a plan could start."""

import pytest

from mosaic_hookspecs import InputError, Plan, PlanNode, Refused
from mosaic_upp.scheduling import schedule_plan


def plan(*leaves, **more):
    nodes = [PlanNode(node_id="E.001", title="Shop", **more)]
    nodes += [PlanNode(node_id=f"F.001.0{number}", **leaf) for number, leaf in enumerate(leaves, 1)]
    return Plan(title="Shop", nodes=nodes)


def test_a_chain_is_critical_and_what_stands_beside_has_slack():
    given = plan(
        {"title": "a", "minutes": 20},
        {"title": "b", "minutes": 30, "depends_on": ["F.001.01"]},
        {"title": "c", "minutes": 5},
        {"title": "d", "depends_on": ["F.001.02", "F.001.03"]},
    )
    found = schedule_plan(given)
    assert found.critical == ["F.001.01", "F.001.02", "F.001.04"]
    assert (found.total_minutes, found.unestimated, found.assumed_minutes) == (65, 1, 15)
    by_title = {item.title: item for item in found.items}
    assert (by_title["c"].slack, by_title["c"].is_critical) == (45, False)
    assert (by_title["d"].earliest_start, by_title["d"].is_estimated) == (50, False)
    assert by_title["a"].path == ("Shop",)


@pytest.mark.parametrize(
    "leaves",
    [
        [{"title": "a", "depends_on": ["F.001.02"]}, {"title": "b", "depends_on": ["F.001.01"]}],
        [{"title": "a", "depends_on": ["F.009.09"]}],
        [{"title": "a", "depends_on": ["F.001.01"]}],
        [{"title": "a", "depends_on": ["E.001"]}],
    ],
)
def test_a_plan_that_waits_for_itself_has_no_schedule(leaves):
    with pytest.raises(Refused) as caught:
        schedule_plan(plan(*leaves))
    assert caught.value.code == "unsound-plan"


def test_a_plan_that_is_done_has_no_schedule():
    with pytest.raises(InputError):
        schedule_plan(plan({"title": "a", "done": True}))
