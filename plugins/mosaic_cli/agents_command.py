"""``mosaic agents``: who can work here, what each holds, who was here, and whom one could have work here."""

from __future__ import annotations

from typing import Any

import click

from .asking import carry_out, here_option
from .coding_agents import find_programs, print_programs
from .session import Session, session_options


@click.command()
@click.option("--present", is_flag=True, help="Only those that are here, not those that are gone.")
@here_option
@session_options
def agents(session: Session, *, present: bool, here: bool) -> None:
    """List agents: the workers that take tasks over MCP, and those that Mosaic runs itself; and coding agents
    whose programs are installed here.
    """

    async def body(kernel: Any) -> Any:
        found = await kernel.dispatch("agent.list", {"gone": not present})
        return {**found, "presets": await find_programs(kernel)}

    session.show(carry_out(session, body, here=here), _print_agents)


def _print_agents(found: Any) -> None:
    from .tables import print_table
    from .times import time_at_a_glance

    rows = [
        [
            agent["name"],
            agent["state"],
            time_at_a_glance(agent["since"]) if agent["since"] else "",
            ", ".join(one["task_id"] for one in agent["holding"]),
            str(agent["accepted"]) if agent["is_pull"] else "",
            str(agent["refused"]) if agent["is_pull"] else "",
            "any task" if agent["is_general"] else ", ".join(agent["labels"]) or "tasks that name it",
        ]
        for agent in found["items"]
    ]
    empty = "No agents are here. `mosaic mcp` connects one; docs/how-to/pull-workers.md says how."
    print_table(["AGENT", "STATE", "SINCE", "HOLDS", "ACCEPTED", "REFUSED", "TAKES"], rows, empty=empty)
    print_programs(found["presets"])
