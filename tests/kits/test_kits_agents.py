"""The kit of the agents port lets a right agent be, and says what is wrong with others."""

import pytest
import trio
from kit_running import failures, opening, require_told

from mosaic_hookspecs import AgentOffer, AgentResult, InputError
from mosaic_testing import agents

WORK = {"files": {"a": "text"}}


class Right:
    """Does one kind of work, and refuses any other."""

    offer = AgentOffer(name="it")

    async def run(self, assignment):
        await trio.lowlevel.checkpoint()
        if "files" not in assignment.spec.work:
            raise InputError("bad-work", "the task does not say which files to write")
        return self.done()

    def done(self):
        return AgentResult(outcome="succeeded", summary="done")


class Mapped(Right):
    def done(self):
        return dict(outcome="succeeded", summary="done")  # noqa: C408 - as somebody wrote it


class Silent(Right):
    def done(self):
        return None


class OddOutcome(Right):
    def done(self):
        return AgentResult(outcome="well done", summary="done")


class Failing(Right):
    def done(self):
        return AgentResult(outcome="failed", summary="the disk is full")


class Raising(Right):
    def done(self):
        raise KeyError("oops")


class Refusing(Right):
    def done(self):
        raise InputError("bad-work", "not this work")


class MappedCommands(Mapped):
    """Runs commands, so the kit guesses its work."""

    async def run(self, assignment):
        if "argv" not in assignment.spec.work:
            raise InputError("bad-work", "no command")
        return self.done()


class RightCommands(MappedCommands):
    done = Right.done


async def run(agent, tmp_path, work):
    return await failures(agents, opening("agents", agent, tmp_path), tmp_path, mosaic_work=work)


@pytest.mark.parametrize(("agent", "work"), [(Right, WORK), (RightCommands, None)])
async def test_a_right_agent_passes(tmp_path, agent, work):
    assert await run(agent, tmp_path, work) == {}


@pytest.mark.parametrize(
    ("agent", "work", "words"),
    [
        (Mapped, WORK, "run must return an AgentResult"),
        (MappedCommands, None, "run must return an AgentResult"),
        (Silent, WORK, "it returned None"),
        (OddOutcome, WORK, "an outcome is one of failed, released, skipped, succeeded"),
        (Failing, WORK, "the disk is full"),
        (Raising, WORK, "KeyError: 'oops'"),
        (Refusing, WORK, "the agent refused the work of mosaic_work"),
        (Mapped, None, "override the fixture mosaic_work"),
    ],
)
async def test_a_wrong_agent_is_told(tmp_path, agent, work, words):
    require_told(await run(agent, tmp_path, work), words)
