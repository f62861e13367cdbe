"""Random task graphs and commands, for walks over the rules and over stores."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mosaic_hookspecs import AgentOffer, Claim, Need, Retry, StartRun, TaskSpec, Usage
from mosaic_hookspecs.tasks import RunSpec

ANY_AGENT = AgentOffer(name="any", is_general=True)
NOW_OR_LATER = st.sampled_from([3600.0, 3600.0, 0.0])
"""Seconds of a lease or a delay: over at once, or not while a test lasts."""


@st.composite
def task_specs(draw: st.DrawFn, *, most: int = 8) -> list[TaskSpec]:
    """Draw a graph of tasks without cycles, with gates, groups, resources and retries in it."""
    specs: list[TaskSpec] = []
    for number in range(draw(st.integers(min_value=1, max_value=most))):
        names = draw(st.lists(st.sampled_from(range(number)), unique=True, max_size=3)) if number else []
        needs = tuple(Need(task_id=f"t{name}", settled=draw(st.booleans())) for name in sorted(names))
        specs.append(
            TaskSpec(
                task_id=f"t{number}",
                needs=needs,
                runtime=draw(st.sampled_from(["", "", "", "any"])),
                labels=draw(st.sampled_from([(), (), ("python",)])),
                retry=Retry(attempts=draw(st.integers(1, 3)), delay_seconds=draw(NOW_OR_LATER), jitter=0.1),
                approval=draw(st.sampled_from(["", "", "", "Shall it?"])),
                resources=draw(st.sampled_from([{}, {}, {"gpu": 1}])),
                group=draw(st.sampled_from(["", "", "", "deploy"])),
                tolerates_failure=draw(st.booleans()),
                priority=draw(st.integers(0, 2)),
                work={"kind": "nothing", "text": draw(st.text(max_size=3))},
            )
        )
    return specs


def start_run(run_id: str, specs: list[TaskSpec], **fields: Any) -> StartRun:
    """Make the command that starts a run of these tasks."""
    return StartRun(run=RunSpec(run_id=run_id, **fields), tasks=specs)


def chain(length: int, **fields: Any) -> list[TaskSpec]:
    """Make tasks ``t0`` … of which each needs the one before it."""
    return [
        TaskSpec(task_id=f"t{n}", needs=(Need(task_id=f"t{n - 1}"),) if n else (), **fields)
        for n in range(length)
    ]


def independent(count: int, **fields: Any) -> list[TaskSpec]:
    """Make tasks ``t0`` … that need nothing."""
    return [TaskSpec(task_id=f"t{n}", **fields) for n in range(count)]


def claim(limit: int = 1, *, holder: str = "holder", lease_seconds: float = 3600.0, **fields: Any) -> Claim:
    """Make a claim by an agent that takes any task."""
    return Claim(holder=holder, offers=[ANY_AGENT], limit=limit, lease_seconds=lease_seconds, **fields)


usages = st.builds(Usage, input_tokens=st.integers(0, 50), output_tokens=st.integers(0, 50))
"""Small usages, some of them none."""
