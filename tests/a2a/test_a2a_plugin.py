"""The plugin: what it offers, what it refuses, and the conformance kit."""

from contextlib import asynccontextmanager

import pytest
from a2a_bench import artifact, open_peer, stream_of, task

from fake_context import FakeContext
from mosaic_a2a.agent import A2aAgent
from mosaic_a2a.configuration import Config, RemoteAgent
from mosaic_a2a.plugin import A2aPlugin
from mosaic_hookspecs import InputError
from mosaic_testing.agents import TestAgents, TestContract  # noqa: F401 - collected here


@pytest.fixture
def mosaic_provider():
    @asynccontextmanager
    async def opened(directory):
        async with open_peer() as peer:
            done = task("COMPLETED", artifact({"text": "x", "filename": "x.txt"}), words="Done.")
            peer.answers["SendStreamingMessage"] = [stream_of({"task": done})]
            yield A2aAgent("painter", RemoteAgent(url=peer.url), Config(), FakeContext({}))

    return opened


@pytest.fixture
def mosaic_work():
    return {"description": "Paint."}


async def test_its_room_is_what_it_is_given_at_once(place, peer):
    rooms = []
    peer.answers["SendStreamingMessage"] = [stream_of({"task": task("COMPLETED")})]
    context = FakeContext({})
    agent = A2aAgent("painter", RemoteAgent(url=peer.url, at_once=2, labels=("web",)), Config(), context)
    assert (agent.offer.room, agent.offer.is_remote, agent.offer.is_general) == (2, True, False)
    publish = context.bus.publish
    context.bus.publish = lambda topic, body: (rooms.append((topic, agent.offer.room)), publish(topic, body))
    agent._count(1)
    agent._count(1)
    agent._count(-1)
    assert rooms == [("agents.changed", 1), ("agents.changed", 0), ("agents.changed", 1)]


async def test_without_agents_nothing_is_provided():
    class Context:
        config = None

    assert await A2aPlugin().mosaic_provide(Context()) == []


async def test_a_wrong_address_is_a_mistake_of_the_configuration(tmp_path):
    from mosaic_kernel import Kernel

    settings = {"plugins.a2a.agents": {"painter": {"url": "http://agents.example.org"}}}
    with pytest.raises(InputError) as caught:
        async with Kernel(profile="local", directory=tmp_path, settings=settings):
            pass
    assert "plugins.a2a.agents.painter.url" in str(caught.value)
    assert "allow_plain" in str(caught.value)
