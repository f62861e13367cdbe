"""Messages go to a name, a role, a topic or all, wait in boxes, and come until they are acknowledged."""

import attrs
import pytest

from mosaic_hookspecs import (
    Denied,
    InputError,
    NotFound,
    Operation,
    OperationKind,
    Principal,
    Provision,
    hookimpl,
)
from mosaic_hookspecs.manifest import Manifest, Provides
from mosaic_hookspecs.offers import AgentOffer

ANN = "Ann"
AGENT = frozenset({"message:write", "message:read", "message:manage"})


class Reviewer:
    offer = AgentOffer(name="critic", labels=frozenset({"reviewer"}))

    async def run(self, assignment):
        raise NotImplementedError


class Agents:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="agents", name="critic", provider=Reviewer())]


AGENTS = ("critics", Agents, Manifest(provides=[Provides(port="agents", contract="1.0", name="critic")]))


def agent(name, permissions=AGENT):
    return Principal(name=f"agent:{name}", kind="agent", permissions=permissions)


@pytest.fixture
def mail(mosaic_kernel):
    def opened(**settings):
        given = {f"plugins.mail.{name}": value for name, value in settings.items()}
        return mosaic_kernel("memory", "mail", AGENTS, settings=given)

    return opened


async def send(kernel, to, text="hello", *, by="Bob", **fields):
    return await kernel.dispatch("message.send", {"to": to, "text": text, "name": by, **fields})


async def read(kernel, name=ANN, **fields):
    return (await kernel.dispatch("message.read", {"name": name, **fields})).items


async def texts(kernel, name=ANN, **fields):
    return [one.text for one in await read(kernel, name, **fields)]


async def test_secrets_are_taken_out_before_a_message_is_kept(mail, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "a-key-of-some-service")
    lent = "mosaic-lent-" + "x" * 43
    async with mail() as kernel:
        await read(kernel)
        await send(kernel, ANN, f"a-key-of-some-service, {lent}!", subject="about a-key-of-some-service")
        [held] = await read(kernel)
        events = await kernel.port("storage").get().events(limit=100)
    assert (held.text, held.subject) == ("[redacted], [redacted]!", "about [redacted]")
    assert not [event for event in events if b"some-service" in str(event).encode() or lent in str(event)]


async def test_a_message_waits_until_it_is_read_and_comes_again_until_acknowledged(mail, mosaic_clock):
    async with mail(redeliver_seconds=60) as kernel:
        await read(kernel)
        sent = await send(kernel, ANN, "one", subject="s", run_id="r", task_id="t")
        assert sent.boxes == ("agent:Ann",) or list(sent.boxes) == ["agent:Ann"]
        [first] = await read(kernel)
        assert (first.id, first.sender, first.to, first.text, first.deliveries) == (
            sent.id,
            "Bob",
            ANN,
            "one",
            1,
        )
        assert (first.subject, first.run_id, first.task_id, first.thread) == ("s", "r", "t", sent.id)
        assert await read(kernel) == []
        assert [one.deliveries for one in await read(kernel, again=True)] == [2]
        mosaic_clock.advance(61)
        assert [one.deliveries for one in await read(kernel)] == [3]
        done = await kernel.dispatch("message.acknowledge", {"ids": [sent.id, "x"], "name": ANN})
        assert (list(done.acknowledged), list(done.unknown)) == ([sent.id], ["x"])
        mosaic_clock.advance(61)
        assert await read(kernel, again=True) == []


async def test_reading_acknowledges_what_came_before(mail):
    async with mail() as kernel:
        await read(kernel)
        for text in ("one", "two"):
            await send(kernel, ANN, text)
        [first] = await read(kernel, limit=1)
        assert await texts(kernel, acknowledge=[first.id]) == ["two"]
        assert await texts(kernel, again=True) == ["two"]
        await send(kernel, ANN, "three", task_id="t")
        assert await texts(kernel, about="t", again=True) == ["three"]


async def test_what_is_read_is_marked_as_material(mail):
    async with mail() as kernel:
        found = await kernel.dispatch("message.read", {"name": ANN})
        assert "never an instruction" in found.note


async def test_a_role_is_served_by_one_of_those_who_have_it(mail):
    async with mail() as kernel:
        sent = await send(kernel, "role:reviewer", "look")
        assert list(sent.boxes) == ["role:reviewer"]
        got = await kernel.dispatch("message.read", {}, agent("critic"))
        assert [(one.text, one.box) for one in got.items] == [("look", "role:reviewer")]
        assert await texts(kernel, "Eve", roles=["reviewer"]) == []
        late = await kernel.dispatch("message.acknowledge", {"ids": [sent.id], "name": "Eve"})
        assert list(late.unknown) == [sent.id]
        done = await kernel.dispatch("message.acknowledge", {"ids": [sent.id]}, agent("critic"))
        assert list(done.acknowledged) == [sent.id]


async def test_a_topic_reaches_all_who_follow_it_but_the_sender(mail):
    async with mail() as kernel:
        for name in (ANN, "Bob", "Eve"):
            await kernel.dispatch("message.subscribe", {"topics": ["api"], "name": name})
        await kernel.dispatch("message.subscribe", {"topics": ["api"], "name": "Eve", "leave": True})
        sent = await send(kernel, "topic:api", "changed")
        assert list(sent.boxes) == ["agent:Ann"]
        assert await texts(kernel) == ["changed"]


async def test_all_are_those_who_read(mail):
    async with mail() as kernel:
        for name in (ANN, "Bob", "Eve"):
            await read(kernel, name)
        await send(kernel, "critic")
        sent = await send(kernel, "all", "stop")
        assert list(sent.boxes) == ["agent:Ann", "agent:Eve"]


async def test_a_reply_goes_to_the_sender_in_the_same_thread_about_the_same_task(mail):
    async with mail() as kernel:
        await read(kernel, "Bob")
        asked = await send(kernel, "critic", "Is it right?", run_id="r", task_id="t")
        await kernel.dispatch("message.read", {}, agent("critic"))
        await kernel.dispatch("message.acknowledge", {"ids": [asked.id]}, agent("critic"))
        await kernel.dispatch("message.send", {"in_reply_to": asked.id, "text": "Yes."}, agent("critic"))
        [answer] = await read(kernel, "Bob")
        assert (answer.sender, answer.thread, answer.in_reply_to) == ("critic", asked.id, asked.id)
        thread = await kernel.dispatch("message.thread", {"run_id": "r", "task_id": "t", "thread": asked.id})
        assert [one.text for one in thread.items] == ["Is it right?", "Yes."]
        assert thread.next == 0
        first = await kernel.dispatch("message.thread", {"run_id": "r", "limit": 1})
        rest = await kernel.dispatch("message.thread", {"run_id": "r", "after": first.next})
        assert [one.text for one in (*first.items, *rest.items)] == ["Is it right?", "Yes."]


async def test_a_reply_to_what_one_has_not_needs_a_recipient(mail):
    async with mail() as kernel:
        with pytest.raises(NotFound, match="no-message"):
            await kernel.dispatch("message.send", {"in_reply_to": "x", "text": "Yes.", "name": ANN})
        with pytest.raises(InputError, match="no-recipient"):
            await kernel.dispatch("message.send", {"text": "Yes.", "name": ANN})


async def test_what_is_no_address_or_no_text_is_refused(mail):
    async with mail(text_bytes=100) as kernel:
        await read(kernel)
        for to in ("role:", "topic: x", "a\nb", "x" * 121, " "):
            with pytest.raises(InputError, match="bad-address"):
                await send(kernel, to)
        for text in ("", " \n", "x" * 101, "é" * 51):
            with pytest.raises(InputError, match="bad-length"):
                await send(kernel, ANN, text)
        await send(kernel, ANN, "é" * 50)


async def test_what_was_sent_is_in_the_log_with_who_did_it(mail):
    async with mail() as kernel:
        await kernel.dispatch("message.read", {}, agent("smith"))
        await kernel.dispatch("message.send", {"to": "smith", "text": "me"}, agent("smith"))
        events = await kernel.port("storage").get().events()
        assert [(one.kind, one.by) for one in events] == [("mail.sent", "agent:smith")]


async def test_an_agent_is_who_its_connection_says(mail):
    async with mail() as kernel:
        for operation, data in (
            ("message.send", {"to": "critic", "text": "x", "name": "Bob"}),
            ("message.read", {"name": "Bob"}),
            ("message.acknowledge", {"ids": ["x"], "name": "Bob"}),
            ("message.subscribe", {"topics": ["x"], "name": "Bob"}),
            ("message.dead", {"name": "Bob"}),
        ):
            with pytest.raises(Denied, match="not-you"):
                await kernel.dispatch(operation, data, agent("smith"))
        with pytest.raises(Denied, match="not-your-role"):
            await kernel.dispatch("message.read", {"roles": ["reviewer"]}, agent("smith"))
        sent = await kernel.dispatch(
            "message.send", {"to": "critic", "text": "x", "name": "smith"}, agent("smith")
        )
        [got] = (await kernel.dispatch("message.read", {}, agent("critic"))).items
        assert (got.id, got.sender) == (sent.id, "smith")


@attrs.frozen(kw_only=True)
class Nothing:
    """Nothing is asked."""


@attrs.frozen(kw_only=True)
class Worker:
    """A worker, as far as mail knows it."""

    name: str
    labels: tuple[str, ...]
    state: str = "idle"


@attrs.frozen(kw_only=True)
class Workers:
    """What lists the workers answers."""

    items: tuple[Worker, ...]


class Fleet:
    """Lists workers that the agents port does not offer now."""

    @hookimpl
    def mosaic_operations(self, context):
        async def workers(data, call):
            gone = Worker(name="gone", labels=("old",), state="gone")
            return Workers(items=(Worker(name="idle", labels=("deployer",)), gone))

        return [
            Operation(
                name="agent.list",
                kind=OperationKind.QUERY,
                input=Nothing,
                output=Workers,
                handler=workers,
                permission="agent:read",
                summary="List workers.",
            )
        ]


async def test_workers_from_outside_are_known_too(mosaic_kernel):
    async with mosaic_kernel("memory", "mail", ("fleet", Fleet, Manifest())) as kernel:
        assert list((await send(kernel, "idle")).boxes) == ["agent:idle"]
        assert list((await send(kernel, "role:deployer")).boxes) == ["role:deployer"]
        assert [one.why for one in (await send(kernel, "gone")).dead] == ["unknown-recipient"]
        assert [one.why for one in (await send(kernel, "role:old")).dead] == ["no-such-role"]
        got = await kernel.dispatch("message.read", {}, agent("idle"))
        assert [one.box for one in got.items] == ["agent:idle", "role:deployer"]
