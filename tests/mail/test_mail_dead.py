"""What does not arrive is a dead letter, with why, and can be sent again."""

import pytest

from mosaic_hookspecs import Denied, Principal, Refused

AGENT = frozenset({"message:write", "message:read", "message:manage"})


def agent(name):
    return Principal(name=f"agent:{name}", kind="agent", permissions=AGENT)


@pytest.fixture
def mail(mosaic_kernel):
    def opened(**settings):
        given = {f"plugins.mail.{name}": value for name, value in settings.items()}
        return mosaic_kernel("memory", "mail", settings=given)

    return opened


async def send(kernel, to, text="hello", by="Bob"):
    return await kernel.dispatch("message.send", {"to": to, "text": text, "name": by})


async def read(kernel, name="Ann", **fields):
    return (await kernel.dispatch("message.read", {"name": name, **fields})).items


async def dead(kernel, **fields):
    found = (await kernel.dispatch("message.dead", fields)).items
    return [(one.recipient, one.why, one.message.text) for one in found]


@pytest.mark.parametrize(
    ("to", "recipient", "why"),
    [
        ("Ann", "agent:Ann", "unknown-recipient"),
        ("role:tester", "role:tester", "no-such-role"),
        ("topic:api", "topic:api", "nobody-follows"),
        ("all", "all", "nobody-there"),
    ],
)
async def test_who_is_not_there_gets_it_once_they_are_and_it_is_sent_again(mail, to, recipient, why):
    async with mail() as kernel:
        sent = await send(kernel, to)
        assert list(sent.boxes) == []
        assert [(one.recipient, one.why) for one in sent.dead] == [(recipient, why)]
        assert sent.dead[0].text
        assert await dead(kernel) == [(recipient, why, "hello")]
        key = f"{sent.id}/{recipient}"
        again = await kernel.dispatch("message.resend", {"keys": [key, "x"]})
        assert (list(again.boxes), [one.why for one in again.dead], list(again.unknown)) == ([], [why], ["x"])

        await kernel.dispatch("message.subscribe", {"topics": ["api"], "name": "Ann"})
        await read(kernel, roles=["tester"])
        again = await kernel.dispatch("message.resend", {"keys": [key]})
        assert list(again.boxes) == ["role:tester" if to == "role:tester" else "agent:Ann"]
        assert await dead(kernel) == []
        [got] = await read(kernel, roles=["tester"])
        assert (got.id, got.sender) == (sent.id, "Bob")
        assert await read(kernel, roles=["tester"]) == []


async def test_a_full_box_takes_no_more_until_it_was_read(mail):
    async with mail(box_messages=2) as kernel:
        await read(kernel)
        for text in ("one", "two", "three"):
            sent = await send(kernel, "Ann", text)
        assert [one.why for one in sent.dead] == ["box-full"]
        assert await dead(kernel) == [("agent:Ann", "box-full", "three")]
        await read(kernel, acknowledge=[one.id for one in await read(kernel)])
        await kernel.dispatch("message.resend", {"keys": [f"{sent.id}/agent:Ann"]})
        assert [one.text for one in await read(kernel)] == ["three"]


async def test_a_box_is_bounded_in_bytes_too(mail):
    async with mail(box_bytes=100, text_bytes=90) as kernel:
        await read(kernel)
        assert not (await send(kernel, "Ann", "x" * 60)).dead
        assert [one.why for one in (await send(kernel, "Ann", "x" * 60)).dead] == ["box-full"]
        assert not (await send(kernel, "Ann", "x" * 30)).dead


async def test_a_box_that_nobody_reads_dies_with_what_is_in_it_and_lives_again(mail, mosaic_clock):
    async with mail(box_seconds=1000) as kernel:
        await read(kernel)
        await send(kernel, "Ann", "before")
        mosaic_clock.advance(1001)
        late = await send(kernel, "Ann", "after")
        assert [one.why for one in late.dead] == ["box-expired"]
        letters = [("agent:Ann", "box-expired", text) for text in ("before", "after")]
        assert await dead(kernel) == letters
        key = f"{late.id}/agent:Ann"
        assert [one.why for one in (await kernel.dispatch("message.resend", {"keys": [key]})).dead] == [
            "box-expired"
        ]
        assert [one.text for one in await read(kernel)] == ["before"]
        assert await dead(kernel) == letters[1:]
        await kernel.dispatch("message.resend", {"keys": [key]})
        assert [one.text for one in await read(kernel)] == ["after"]


async def test_an_agent_sees_and_sends_again_only_its_own(mail):
    async with mail() as kernel:
        mine = await kernel.dispatch("message.send", {"to": "Zed", "text": "mine"}, agent("smith"))
        other = await send(kernel, "Zed", "other")
        await send(kernel, "smith", "to smith")
        found = await kernel.dispatch("message.dead", {}, agent("smith"))
        assert [one.message.text for one in found.items] == ["mine", "to smith"]
        assert len(await dead(kernel)) == 3
        assert [text for *_, text in await dead(kernel, name="Zed")] == ["mine", "other"]
        await read(kernel, "Zed")
        with pytest.raises(Denied, match="not-yours"):
            await kernel.dispatch("message.resend", {"keys": [f"{other.id}/agent:Zed"]}, agent("smith"))
        done = await kernel.dispatch("message.resend", {"keys": [f"{mine.id}/agent:Zed"]}, agent("smith"))
        assert list(done.boxes) == ["agent:Zed"]


async def test_only_the_newest_dead_letters_are_kept(mail, mosaic_clock):
    async with mail(dead_letters=5) as kernel:
        for number in range(40):
            await send(kernel, "Ann", str(number))
            mosaic_clock.advance(1)
        found = await dead(kernel)
        assert 5 <= len(found) <= 40
        assert len(found) < 40
        assert found[-1][2] == "39"
        page = (await kernel.dispatch("message.dead", {"limit": 2})).items
        rest = (await kernel.dispatch("message.dead", {"after": page[-1].key})).items
        assert [one.message.text for one in (*page, *rest)] == [text for *_, text in found]


async def test_there_are_only_so_many_boxes_and_topics(mail):
    async with mail(boxes=2) as kernel:
        await kernel.dispatch("message.subscribe", {"topics": ["a", "b"], "name": "Ann"})
        await read(kernel, "Bob")
        with pytest.raises(Refused, match="too-many-boxes"):
            await read(kernel, "Eve")
        with pytest.raises(Refused, match="too-many-topics"):
            await kernel.dispatch("message.subscribe", {"topics": ["c"], "name": "Ann"})
        await kernel.dispatch("message.subscribe", {"topics": ["a"], "name": "Ann", "leave": True})
        await kernel.dispatch("message.subscribe", {"topics": ["c"], "name": "Ann"})
