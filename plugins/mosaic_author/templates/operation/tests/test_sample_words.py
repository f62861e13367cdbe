"""What counts as a word, and what the operation answers."""

import pytest
from mosaic_hookspecs import Denied, InputError, Principal

from mosaic_sample.words import count_words


def test_words_are_counted_in_lower_case():
    assert count_words("A plan, a PLAN; don't!") == {"a": 2, "plan": 2, "don't": 1}
    assert count_words("") == {}


def test_short_words_can_be_left_out():
    assert count_words("a plan", shortest=2) == {"plan": 1}


async def test_the_operation_answers(mosaic_kernel):
    async with mosaic_kernel("sample") as kernel:
        found = await kernel.dispatch("sample.count", {"text": "one two two", "limit": 1})
    assert (found.total, found.words) == (3, {"two": 2})


async def test_the_configuration_counts(mosaic_kernel):
    async with mosaic_kernel("sample", settings={"plugins.sample.shortest": 4}) as kernel:
        found = await kernel.dispatch("sample.count", {"text": "one three"})
    assert found.words == {"three": 1}


async def test_wrong_input_and_strangers_are_refused(mosaic_kernel):
    async with mosaic_kernel("sample") as kernel:
        with pytest.raises(InputError):
            await kernel.dispatch("sample.count", {"text": 5})
        with pytest.raises(Denied):
            await kernel.dispatch("sample.count", {"text": ""}, Principal(name="stranger"))
