"""An asyncio program with Mosaic beside it."""

import asyncio
import sys
from pathlib import Path

from mosaic_kernel import AsyncioKernel


async def main(directory: Path) -> None:
    async with AsyncioKernel(profile="local", directory=directory) as kernel:
        found = await kernel.dispatch("plugins.list", {})
        print(", ".join(plugin.name for plugin in found.plugins if plugin.state == "running"))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
