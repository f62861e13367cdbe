"""A system with workers, and what tests ask of it."""

from contextlib import asynccontextmanager

import pytest
import trio

from mosaic_hookspecs import Check, MosaicError, Need, Principal, Retry, RunSpec, TaskSpec


def task(task_id, *needs, attempts=2, delay=1.0, checks=(), **fields):
    """A task in a line; `checks` are shell commands, which need a workspace."""
    if checks:
        fields.setdefault("workspace", "directory")
    return TaskSpec(
        task_id=task_id,
        needs=tuple(Need(task_id=name) for name in needs),
        retry=Retry(attempts=attempts, delay_seconds=delay, jitter=0.0),
        checks=tuple(Check(name=f"check-{n}", parameters={"run": run}) for n, run in enumerate(checks)),
        **fields,
    )


class Team:
    """One kernel; `team.take("ada")` and so on are its operations."""

    def __init__(self, make):
        self._make = make
        self.kernel = None

    async def __aenter__(self):
        self._context = self._make()
        self.kernel = await self._context.__aenter__()
        return self

    async def __aexit__(self, *error):
        return await self._context.__aexit__(*error)

    @property
    def storage(self):
        return self.kernel.port("storage").get()

    async def start(self, *tasks, run_id="r", **spec):
        await self.kernel.port("scheduling").get().create(RunSpec(run_id=run_id, **spec), tasks)

    async def ask(self, operation, principal=None, /, **data):
        options = {"principal": principal} if principal else {}
        return await self.kernel.dispatch(operation, data, **options)

    async def register(self, name, **data):
        return await self.ask("agent.register", name=name, **data)

    async def take(self, agent, wait=1.0):
        return await self.ask("work.take", agent=agent, wait_seconds=wait)

    async def work(self, agent, wait=60.0):
        """Take work that is there."""
        taken = await self.take(agent, wait)
        assert taken.work is not None, taken.words
        return taken.work

    async def report(self, work, **data):
        return await self.ask("work.report", **names(work), **data)

    async def progress(self, work, **data):
        return await self.ask("work.progress", **names(work), **data)

    async def release(self, work, **data):
        return await self.ask("work.release", **names(work), **data)

    async def agent(self, name):
        return await self.ask("agent.show", name=name)

    async def state(self, task_id, run_id="r"):
        return (await self.storage.task(run_id, task_id)).state.value

    async def kinds(self, prefix=""):
        events = await self.storage.events(limit=100_000)
        return [event.kind for event in events if event.kind.startswith(prefix)]

    @asynccontextmanager
    async def taking(self, *agents, wait=1000.0):
        """Have agents wait for work meanwhile; yield what each got."""
        got = {}

        async def take(name):
            got[name] = await self.take(name, wait)

        async with trio.open_nursery() as nursery:
            for name in agents:
                nursery.start_soon(take, name)
            await trio.testing.wait_all_tasks_blocked()
            yield got
            nursery.cancel_scope.cancel()


def names(work):
    return {"run_id": work.run_id, "task_id": work.task_id, "token": work.token}


def lent(name):
    """Whoever acts for an agent on a connection that was lent to it."""
    return Principal(
        name=f"agent:{name}", kind="agent", permissions=frozenset({"work:write", "agent:write", "task:read"})
    )


async def refused(call):
    """Return the error that a call ends with; it must say what to do."""
    with pytest.raises(MosaicError) as caught:
        await call
    require_words(caught.value)
    return caught.value


def require_words(error):
    """An error says what is wrong, and what to do."""
    assert error.code
    assert error.what
    assert error.hint, error
