"""Whatever is changed: undone to the start it is as it was, and done again it is as it became."""

from __future__ import annotations

import json

import trio
from drafting import edits, plans
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_drafts.editing import edited
from mosaic_drafts.edits import Edit
from mosaic_drafts.steps import step_of, taken
from mosaic_hookspecs import MosaicError, Plan
from mosaic_upp.lint import Linter


async def repair(plan):
    return Linter().fix(plan)


def apply(plan, batch):
    return trio.run(edited, plan, batch, repair)


def stored(data):
    return json.loads(json.dumps(data))


@settings(max_examples=25, deadline=None)
@given(plans(), st.data())
def test_undo_to_the_start_is_the_identity_and_redo_too(plan, data):
    states, steps = [plan.to_data()], []
    for _ in range(data.draw(st.integers(1, 6))):
        now = Plan.from_data(states[-1])
        batch = data.draw(st.lists(edits([node.node_id for node in now.nodes]), min_size=1, max_size=3))
        try:
            new = apply(now, batch).plan.to_data()
        except MosaicError as error:
            assert error.where  # noqa: PT017 - what is refused says where
            continue
        steps.append(stored(step_of(states[-1], new)))
        states.append(stored(new))
    found = states[-1]
    for state, step in zip(reversed(states[:-1]), reversed(steps), strict=True):
        found = taken(found, step, back=True)
        assert found == state
    for state, step in zip(states[1:], steps, strict=True):
        found = taken(found, step, back=False)
        assert found == state


@settings(max_examples=25, deadline=None)
@given(plans(), st.data())
def test_every_edit_leaves_a_tree_and_dependencies_that_mean_the_same(plan, data):
    edit = data.draw(edits([node.node_id for node in plan.nodes]))
    try:
        done = apply(plan, [edit])
    except MosaicError:
        return
    ids = [node.node_id for node in done.plan.nodes]
    assert len(set(ids)) == len(ids)
    codes = {finding.code for finding in Linter().check(done.plan)}
    assert not codes & {"UPP002", "UPP003", "UPP004", "UPP005", "UPP006", "UPP101"}
    if edit.kind in ("fix", "remove_node", "split_node"):
        return
    names = {node.node_id: done.renumbered.get(node.node_id, node.node_id) for node in plan.nodes}
    new = {node.node_id: node for node in done.plan.nodes}
    for node in plan.nodes:
        again = new[names[node.node_id]]
        assert again.work == node.work
        wanted = [names[need] for need in node.depends_on]
        if edit.kind == "add_dependency" and node.node_id == edit.node:
            wanted.append(edit.on)
        if edit.kind == "remove_dependency" and node.node_id == edit.node:
            wanted.remove(edit.on)
        assert list(again.depends_on) == wanted
    assert set(new) - set(names.values()) == set(done.added)


@settings(max_examples=15, deadline=None)
@given(plans(), st.data())
def test_who_waited_for_what_is_gone_waits_for_what_that_waited_for(plan, data):
    gone = data.draw(st.sampled_from([node.node_id for node in plan.nodes]))
    done = apply(plan, [Edit(kind="remove_node", node=gone)])
    prefix = gone.partition(".")[2]
    below = {
        node.node_id for node in plan.nodes if f"{node.node_id.partition('.')[2]}.".startswith(f"{prefix}.")
    }
    assert len(done.plan.nodes) == len(plan.nodes) - len(below)
    names = {
        node.node_id: done.renumbered.get(node.node_id, node.node_id)
        for node in plan.nodes
        if node.node_id not in below
    }
    new = {node.node_id: node for node in done.plan.nodes}
    for node in plan.nodes:
        if node.node_id in below:
            continue
        kept = {names[need] for need in node.depends_on if need not in below}
        handed_on = {
            names[far]
            for need in node.depends_on
            if need in below
            for one in plan.nodes
            if one.node_id in below
            for far in one.depends_on
            if far in names
        }
        found = set(new[names[node.node_id]].depends_on)
        assert kept <= found <= kept | handed_on
