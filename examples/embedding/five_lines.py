"""A trio program with Mosaic inside: run a goal, and look at what was accepted."""

import sys
from pathlib import Path

import trio

from mosaic_kernel import Kernel

GOAL = "Build a REST API for a library with books and members"


async def main(directory: Path) -> None:
    async with Kernel(profile="local", directory=directory) as kernel:
        run = await kernel.dispatch("run.create", {"goal": GOAL})
        run = await kernel.dispatch("run.drive", {"run_id": run.run_id})
        print(f"{run.result}: {run.counts['accepted']} of {run.total} tasks, in {run.settings['repository']}")


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1] if len(sys.argv) > 1 else "."))
