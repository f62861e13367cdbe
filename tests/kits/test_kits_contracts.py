"""The comparison of a provider with its protocol, and its words."""

# ruff: noqa: ARG005 - the signatures are the test

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import asynccontextmanager
from functools import partial, wraps
from typing import Protocol

import pytest

from mosaic_hookspecs import (
    Agent,
    Authenticator,
    CheckRunner,
    PlanFormat,
    PlanLinter,
    Planner,
    Storage,
    TaskSource,
    WorkspaceProvider,
)
from mosaic_testing.contracts import contract_of, kind_of, provider_behind, require_contract_of


class Shop(Protocol):
    @property
    def name(self):
        """Its name."""

    async def wait(self, after):
        """Wait."""

    def goods(self, kind, *, limit=10):
        """Return goods."""

    def visit(self, who):
        """Open a context."""

    async def refund(self, bill):
        """Give money back. Since contract 1.2."""


class Right:
    name = "shop"

    async def wait(self, after):
        pass

    def goods(self, kind, *, limit=10):
        return []

    @asynccontextmanager
    async def visit(self, who):
        yield

    async def refund(self, bill):
        pass


def changed(**members):
    return type("Changed", (Right,), members)()


async def other_name(self, position):
    pass


async def more(self, after, extra):
    pass


async def optional(self, after, extra=None, *, by="x"):
    pass


def plain(self, after):
    pass


async def anything(self, *args, **kwargs):
    pass


def wrapped(function):
    @wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


def promising(self, after) -> Awaitable[None]:
    raise AssertionError


async def generator(self, who):
    yield


def test_what_keeps_the_contract_is_let_be():
    assert contract_of(Right(), Shop) == []
    assert contract_of(changed(name=property(lambda self: "x")), Shop) == []
    for wait in (optional, anything, wrapped(Right.wait), promising):
        assert contract_of(changed(wait=wait), Shop) == [], wait
    one = Right()
    one.wait = partial(Right.wait, one)
    assert contract_of(one, Shop) == []


@pytest.mark.parametrize(
    ("members", "finding"),
    [
        ({"wait": other_name}, "Shop.wait: expected wait(after), found wait(position)"),
        ({"wait": more}, "Shop.wait: expected wait(after), found wait(after, extra)"),
        ({"wait": plain}, "Shop.wait: expected async wait(after), found wait(after), which is not async"),
        ({"wait": None}, "Shop.wait: expected async wait(after), found nothing"),
        ({"wait": 5}, "Shop.wait: expected async wait(after), found no method, but an int"),
        (
            {"wait": lambda self: None},
            "Shop.wait: expected async wait(after), found wait(), which is not async",
        ),
        (
            {"goods": lambda self, kind, limit: []},
            "Shop.goods: expected goods(kind, *, limit=10), found goods(kind, limit)",
        ),
        (
            {"goods": lambda self, kind, *, limit=50: []},
            "Shop.goods: expected goods(kind, *, limit=10), found goods(kind, *, limit=50)",
        ),
        (
            {"goods": lambda self, *, kind, limit=10: []},
            "Shop.goods: expected goods(kind, *, limit=10), found goods(*, kind, limit=10)",
        ),
        (
            {"goods": lambda self, kind, /, limit=10: []},
            "Shop.goods: expected goods(kind, *, limit=10), found goods(kind, /, limit=10)",
        ),
        (
            {"visit": generator},
            (
                "Shop.visit: expected visit(who), found visit(who), which is an async generator "
                "(of a context: decorate it with asynccontextmanager)"
            ),
        ),
        ({"visit": other_name}, "Shop.visit: expected visit(who), found visit(position), which is async"),
        (
            {"name": lambda self: "x"},
            "Shop.name: expected an attribute name, found a method name(), which has to be a property",
        ),
        (
            {"name": property(lambda self: {}["name"])},
            "Shop.name: expected an attribute name, found KeyError: 'name'",
        ),
    ],
)
def test_a_difference_is_told_in_a_line(members, finding):
    assert contract_of(changed(**members), Shop) == [finding]


def test_every_difference_is_told():
    class Nothing:
        pass

    with pytest.raises(AssertionError) as caught:
        require_contract_of(Nothing(), Shop)
    text = str(caught.value)
    assert "Nothing does not keep the contract of Shop:" in text
    for line in ("Shop.goods: expected goods(kind, *, limit=10), found nothing", "Shop.name:", "Shop.visit:"):
        assert line in text
    require_contract_of(Right(), Shop)


def test_what_came_with_a_later_contract_may_be_missing():
    old = changed(refund=None)
    assert contract_of(old, Shop, contract="1.0") == []
    for contract in ("", "1.2", "1.3"):
        [finding] = contract_of(old, Shop, contract=contract)
        assert finding.startswith("Shop.refund")
    wrong = changed(refund=other_name)
    assert len(contract_of(wrong, Shop, contract="1.0")) == 1, "what is there has to be right"


def test_the_words_of_the_real_contract():
    class Store:
        async def wait(self, position):
            return position

    assert "Storage.wait: expected wait(after), found wait(position)" in contract_of(Store(), Storage)


async def test_a_handle_is_looked_through(mosaic_kernel):
    async with mosaic_kernel("memory") as kernel:
        handle = kernel.port("storage").get()
        first = kernel.port("storage").get("memory")
        assert type(provider_behind(handle)).__name__ == "MemoryStorage"
        assert provider_behind(first) is provider_behind(handle)
        findings = contract_of(handle, Authenticator)
    assert findings == [
        "Authenticator.authenticate: expected async authenticate(scheme, credentials), found nothing"
    ]


def test_a_kind_is_told_by_most_of_its_members():
    class Format:
        name = "x"

        def recognises(self, text, path):
            return False

        def read(self, text, path):
            raise AssertionError

    protocols = (Planner, PlanLinter, PlanFormat, TaskSource)
    assert kind_of(Format(), protocols) is PlanFormat
    assert [finding.partition(":")[0] for finding in contract_of(Format(), PlanFormat)] == ["PlanFormat.write"]
    assert kind_of(object(), (Agent, CheckRunner, WorkspaceProvider)) is Agent
