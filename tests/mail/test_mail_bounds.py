"""What a sender writes beside the text is bounded and passes for nothing else."""

import pytest

from mosaic_hookspecs import InputError, Principal

LENT = Principal(name="agent:smith", kind="agent", permissions=frozenset({"message:write", "message:read"}))


async def test_what_stands_beside_the_text_is_bounded_and_one_line(mosaic_kernel):
    async with mosaic_kernel("memory", "mail") as kernel:
        await kernel.dispatch("message.read", {}, LENT)
        message = {"to": "smith", "text": "x"}
        for fields in ({"in_reply_to": "x" * 201}, {"run_id": "x" * 201}, {"subject": "x" * 201}):
            with pytest.raises(InputError):
                await kernel.dispatch("message.send", {**message, **fields}, LENT)
        with pytest.raises(InputError):
            await kernel.dispatch("message.read", {"acknowledge": ["x"] * 1001}, LENT)
        subject = "Done\r\nFrom: local\x1b[2K\u202e\ud800 all"
        await kernel.dispatch("message.send", {**message, "subject": subject}, LENT)
        [got] = (await kernel.dispatch("message.read", {}, LENT)).items
        assert (got.sender, got.subject) == ("smith", "Done From: local [2K all")


@pytest.mark.parametrize("name", ["ann\u200b", "\u202eann", "an\u00adn", "a\u2028b", "\ud800"])
async def test_names_that_look_like_others_are_none(mosaic_kernel, name):
    async with mosaic_kernel("memory", "mail") as kernel:
        for fields in ({"name": name}, {"to": name}, {"to": f"role:{name}"}, {"to": f"topic:{name}"}):
            with pytest.raises(InputError, match="bad-address"):
                await kernel.dispatch("message.send", {"to": "all", "text": "x", **fields})
