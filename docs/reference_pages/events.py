"""The kinds of events in the log."""

from mosaic_hookspecs import EVENT_KINDS, evolve

from .markdown import HEAD, table

INTRODUCTION = """# Events

Every change is an event. These kinds change runs and tasks; plugins add kinds of their own, as
`PLUGIN.what-happened`.

"""
MEANINGS = {
    "run.cancelled": "a run was ended; the leases of its attempts are lost",
    "run.created": "a run begins; its tasks follow",
    "run.exhausted": "a run has spent its budget",
    "run.extended": "tasks of a run, with who waits for each",
    "run.finished": "every task of the run is final",
    "run.paused": "no more attempts start",
    "run.resumed": "the run goes on, perhaps with a new budget",
    "run.started": "all tasks of the run are stored",
    "task.accepted": "verified by Mosaic, and published",
    "task.approved": "a person has opened the gate",
    "task.awoken": "its wait after a refused attempt is over",
    "task.cancelled": "ended by a person",
    "task.claimed": "a lease with a new token",
    "task.denied": "a person has closed the gate",
    "task.merging": "the decision to publish, with candidate and base",
    "task.prioritized": "moved up or down among those that wait",
    "task.refused": "an attempt failed, or its checks did",
    "task.released": "a lease was given back, or ran out",
    "task.renewed": "a lease's deadline moved",
    "task.reopened": "tried again from the start",
    "task.reported": "the agent says that it is done",
    "task.skipped": "its condition was false, or a dependency was not accepted",
    "task.spent": "tokens or money spent while an attempt goes on",
    "task.unmerged": "the decision to publish was taken back",
}


def page() -> str:
    missing = set(EVENT_KINDS) ^ set(MEANINGS)
    if missing:
        raise SystemExit(f"docs/reference_pages/events.py does not fit {evolve.__name__}: {sorted(missing)}")
    return HEAD + INTRODUCTION + table(["kind", ""], [[f"`{kind}`", MEANINGS[kind]] for kind in EVENT_KINDS])
