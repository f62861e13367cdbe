"""Whose token it is, and what the configuration may say."""

import pytest
from mosaic_hookspecs import Denied, InputError

from mosaic_sample.tokens import Person, TokenAuthenticator

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_the_person_with_the_token_is_found():
    tokens = TokenAuthenticator(
        {"eve": Person(token=EMPTY), "ada": Person(token=ABC.upper(), permissions=["run:read"])}
    )
    found = await tokens.authenticate("Bearer", "abc")
    assert (found.name, found.permissions) == ("ada", {"run:read"})


async def test_others_are_denied_without_telling_the_token():
    with pytest.raises(Denied) as caught:
        await TokenAuthenticator({"ada": Person(token=ABC)}).authenticate("bearer", "abd")
    assert "abd" not in str(caught.value)


async def test_a_token_in_the_clear_is_refused(mosaic_kernel):
    settings = {"plugins.sample.people": {"ada": {"token": "abc"}}}
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel("sample", settings=settings):
            pass
    assert caught.value.code == "bad-digest"
    assert "abc" not in str(caught.value)
