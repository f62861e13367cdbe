"""A command is atomic, however late it turns out that it cannot be stored."""

from mosaic_hookspecs import Check, MosaicError, RunSpec, StartRun, TaskSpec


def _bad_run(count=450):
    """The last of three chunks of tasks cannot be stored."""
    tasks = [TaskSpec(task_id=f"t{number}") for number in range(count)]
    tasks[-1] = TaskSpec(task_id="bad", title="half a pair: \ud800")
    return StartRun(run=RunSpec(run_id="bad"), tasks=tasks)


async def test_a_run_that_cannot_be_stored_leaves_nothing_behind(mosaic_provider):
    async with mosaic_provider() as storage:
        good = StartRun(run=RunSpec(run_id="good"), tasks=[TaskSpec(task_id="t", checks=(Check(name="c"),))])
        assert await storage.apply([good], by="test") == [None]
        before, head = await storage.snapshot(), await storage.head()
        (refused,) = await storage.apply([_bad_run()], by="test")
        assert isinstance(refused, MosaicError)
        assert refused.code == "not-json"
        assert await storage.snapshot() == before
        assert await storage.head() == head
        assert (await storage.verify()).is_sound


async def test_what_stood_before_it_in_the_call_is_kept_and_what_stands_behind_is_not_tried(mosaic_provider):
    def run(name):
        return StartRun(run=RunSpec(run_id=name), tasks=[TaskSpec(task_id="t")])

    async with mosaic_provider() as storage:
        first, bad, last = await storage.apply([run("a"), _bad_run(), run("b")], by="test")
        assert first is None
        assert bad.code == last.code == "not-json"
        assert [one.run_id for one in await storage.runs()] == ["a"]
        assert (await storage.verify()).is_sound
