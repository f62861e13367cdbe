"""A process that serves: it prints the number of each event that its observer is given."""

import json
import sys
import time
from pathlib import Path

import trio
from observing import kernel, opened


class Printer:
    """An observer that prints."""

    async def observe(self, events):
        sys.stdout.writelines(f"{event.sequence}\n" for event in events)
        sys.stdout.flush()


class SystemClock:
    """Time that two processes agree on."""

    def now(self):
        return time.time_ns() // 1_000_000


async def main(directory, settings):
    made = kernel(Path(directory), storage="sqlite", settings=settings, clock=SystemClock(), one=Printer())
    async with made as running:
        await opened(running)
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], {"plugins.observers": json.loads(sys.argv[2])})
