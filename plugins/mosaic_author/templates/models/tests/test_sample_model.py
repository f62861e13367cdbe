"""What the model answers, and what it refuses in words."""

import pytest
from mosaic_hookspecs import InputError
from mosaic_hookspecs.models import Message, ModelRequest

from mosaic_sample.model import TableModel


def asking(text, **fields):
    """Make a request."""
    return ModelRequest(messages=[Message(role="user", text=text)], **fields)


async def test_the_first_pattern_that_is_found_answers():
    model = TableModel("it", {"^Say (hello|hi)": "Hello!", "Say": "Said."})
    assert (await model.complete(asking("Say hi"))).text == "Hello!"
    reply = await model.complete(asking("Say nothing"))
    assert (reply.text, reply.stopped, reply.model) == ("Said.", "end", "it")
    assert reply.usage.is_estimated


@pytest.mark.parametrize("request_", [asking("What?"), asking("Say hi", model="other"), ModelRequest()])
async def test_what_the_table_does_not_know_is_refused(request_):
    with pytest.raises(InputError) as caught:
        await TableModel("it", {"Say": "Said."}).complete(request_)
    assert caught.value.code == "model-refused"


async def test_what_is_no_pattern_is_refused_before(mosaic_kernel):
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel("sample", settings={"plugins.sample.answers": {"(": "x"}}):
            pass
    assert caught.value.code == "bad-pattern"
