"""The Tony-only pattern: one developer, one program, one system on this machine.

    python solo.py [DIRECTORY]

Tony starts a Mosaic for the directory, or joins the one that runs there; plans a goal; has it carried out; and
tells what happens. No model is needed: the rules plan, and the scaffold agent builds.
"""

import asyncio
import sys
from pathlib import Path

from mosaic_tony import Tony, create_mcp_server


async def main(directory: Path) -> None:
    async with create_mcp_server(mode="local", directory=directory) as mcp:
        tony = Tony(mcp=mcp)

        plan = await tony.plan("Build a REST API for notes")
        print(f"{plan.title}: {len(plan.leaves())} tasks")

        run = await tony.spawn(plan, into=directory / "notes", budget={"money": 5.0})
        async for one in run:
            if one.kind == "task.accepted":
                print(f"  accepted {one.task_id}")

        result = await run.result()
        print(f"{result.title} is {result.result}, in {result.settings['repository']}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
