"""The small-team pattern: each developer's own system, and one that the team shares.

    python team.py URL TOKEN [DIRECTORY]

URL and TOKEN are those of a system that serves (`mosaic run`, see the how-to). Alice has a plan of hers carried
out in the shared system, where Bob and she do the work with functions of theirs; any other agent could. An
adapter mirrors her system and the shared one to each other, so that each shows what happens in both.
"""

import sys
from pathlib import Path

import anyio

from mosaic_hookspecs import Check, Plan, PlanNode
from mosaic_tony import MosaicCore, Tony, TonyAdapter, Work, create_mcp_server

WORDS = ("Hello", "Welcome", "Goodbye")


def greetings() -> Plan:
    """Return a plan of three tasks, each with a check that decides whether it is done."""
    leaves = [
        PlanNode(
            node_id=f"F.001.{number:02}",
            title=f"Write {word}.txt",
            minutes=5,
            checks=(Check(name=f"{word} is there", parameters={"run": f"grep -q {word} {word}.txt"}),),
        )
        for number, word in enumerate(WORDS, 1)
    ]
    epic = PlanNode(node_id="E.001", title="Greetings")
    return Plan(title="Greetings", goal="Write three greetings.", nodes=(epic, *leaves))


def write(work: Work) -> str:
    """Do a task: what an agent or a model does elsewhere."""
    word = work.title.split()[1].partition(".")[0]
    assert work.workspace is not None  # noqa: S101 - tasks with checks have one
    (work.workspace / f"{word}.txt").write_text(f"{word}!\n")
    return f"wrote {word}.txt"


async def main(url: str, token: str, directory: Path) -> None:
    async with (
        create_mcp_server(mode="local", directory=directory) as local,
        create_mcp_server(mode="team", url=url, token=token) as shared,
        anyio.create_task_group() as group,
    ):
        mosaic = MosaicCore(mcp=shared)
        alice = Tony(mcp=local, orchestrator=mosaic.orchestrator, name="alice")
        bob = Tony(mcp=shared, name="bob")
        adapter = TonyAdapter(local, shared, name="alice", shared_name="team")

        group.start_soon(alice.work, write)
        group.start_soon(bob.work, write)
        run = await alice.spawn(greetings(), project="greetings")
        result = await run.result(for_others=True)

        for one in await mosaic.orchestrator.projects():
            print(f"project {one.name}: {one.runs} run, {dict(one.counts)}")
        mirrored = await adapter.catch_up()
        seen = await local.call("bridge.list", origin="team")
        states = [f"{one['run']['title']} is {one['run']['state']}" for one in seen["runs"]]
        print(f"Alice's own system learned of {mirrored.down} events: {', '.join(states)}")
        print(f"{result.title} is {result.result}, in {result.settings['repository']}")
        group.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2], Path(sys.argv[3] if len(sys.argv) > 3 else ".").resolve())  # noqa: PLR2004
