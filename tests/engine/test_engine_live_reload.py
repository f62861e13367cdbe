"""The live streams of the engine go on while it is replaced, without loss or repeat."""

from __future__ import annotations

from contextlib import aclosing

import attrs
import trio

from mosaic_engine.live_log import LiveLog, log_directory
from mosaic_hookspecs import AgentOffer, RunSpec, TaskSpec
from mosaic_hookspecs.commands import Accept, Claim, RecordEvent, Report, StartRun


async def test_both_streams_go_on_over_reloads_of_the_engine(mosaic_kernel):
    async with mosaic_kernel("memory", "engine") as kernel:
        storage = kernel.port("storage").get()

        async def command(one):
            return (await storage.apply([one], by="test"))[0]

        await command(StartRun(run=RunSpec(run_id="r"), tasks=[TaskSpec(task_id=f"t{n}") for n in range(9)]))
        offers = [AgentOffer(name="elsewhere", is_general=True)]
        leases = await command(Claim(holder="elsewhere", offers=offers, limit=9, lease_seconds=600))
        # Another process drives: it writes the log, and events of the store tell that it did.
        log = LiveLog(log_directory(kernel.runtime.state_directory, "r", "t0"), leases[0].token, 40_000)
        batches, pieces = [], []
        generations = set()

        async def follow_tasks():
            async with aclosing(kernel.follow("task.follow", {})) as items:
                async for batch in items:
                    batches.append(batch)
                    generations.add(type(batch))
                    if batch.run.result == "accepted":
                        return

        async def follow_output():
            async with aclosing(kernel.follow("task.output", {"task_id": "t0"})) as items:
                pieces.extend([piece async for piece in items])

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(follow_tasks)
                nursery.start_soon(follow_output)
                for number, lease in enumerate(reversed(leases)):
                    log.write(f"line {number}\n".encode())
                    names = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
                    await command(Report(**names, outcome="succeeded"))
                    if number % 3 == 1:
                        await kernel.dispatch("plugins.reload", {"name": "engine"})
                    await command(RecordEvent(kind="test.wrote", run_id="r", task_id="t0"))
                    await trio.sleep(0.06)
                    await command(Accept(**names))
        log.close()
        assert "".join(piece.text for piece in pieces) == "".join(f"line {number}\n" for number in range(9))
        assert len(pieces) > 3
        assert len(batches) > 3
        assert len(generations) > 1
        assert [batch.sequence for batch in batches] == sorted({batch.sequence for batch in batches})
        told = {view.task_id: attrs.asdict(view) for batch in batches for view in batch.tasks}
        listed = (await kernel.dispatch("task.list", {"run_id": "r"})).items
        assert told == {view.task_id: attrs.asdict(view) for view in listed}
