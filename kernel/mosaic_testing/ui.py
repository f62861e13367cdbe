"""The conformance kit of the ui port: what a plugin adds to a user interface is data, and does not change."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Contribution, Interface
from mosaic_hookspecs.data import canonical_json

from .contracts import require_contract_of
from .opening import OpenProvider
from .ui_data import faults_of

__all__ = ["KINDS", "TestContract", "TestContributions"]

KINDS = ("page", "panel", "theme", "navigation", "tab", "command")
"""The kinds of contributions; the last two since contract 1.1."""


def _contributions(interface: Any) -> list[Contribution]:
    __tracebackhide__ = True
    found = interface.contributions()
    if inspect.iscoroutine(found):
        found.close()
    is_sequence = isinstance(found, Sequence) and not isinstance(found, str | bytes)
    assert is_sequence, f"contributions() returned {_kind(found)}; it returns a sequence of Contribution"
    for one in found:
        assert isinstance(one, Contribution), f"contributions() returned {_kind(one)} among others: {one!r}"
    return list(found)


def _kind(value: Any) -> str:
    return f"an object of the type {type(value).__qualname__}"


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_provider: OpenProvider, mosaic_contract: str) -> None:
        async with mosaic_provider() as interface:
            require_contract_of(interface, Interface, contract=mosaic_contract)


class TestContributions:
    """What holds for everything that is added."""

    async def test_they_are_of_a_known_kind(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            for one in _contributions(interface):
                assert one.kind in KINDS, (
                    f"{one.name!r} is of the kind {one.kind!r}; there are {', '.join(KINDS)}"
                )

    async def test_they_have_names_and_titles(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            for one in _contributions(interface):
                for field in ("name", "title"):
                    text = getattr(one, field)
                    is_said = isinstance(text, str) and text.strip() == text != ""
                    assert is_said, f"the {field} of {one!r} has to be text, without spaces around it"
                    assert text.isprintable(), f"the {field} {text!r} of a {one.kind} cannot be shown on a line"

    async def test_names_are_unique(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            counts = Counter((one.kind, one.name) for one in _contributions(interface))
            twice = [f"{kind} {name!r}" for (kind, name), count in counts.items() if count > 1]
            assert not twice, f"contributed more than once: {', '.join(twice)}"

    async def test_data_is_json(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            for one in _contributions(interface):
                what = f"the data of the {one.kind} {one.name!r}"
                assert isinstance(one.data, Mapping), f"{what} is {_kind(one.data)}; it is a mapping"
                try:
                    canonical_json(dict(one.data))
                except (TypeError, ValueError, RecursionError) as error:
                    raise AssertionError(f"{what} is not JSON: {error}") from error
                odd = _odd_keys(one.data)
                assert not odd, f"{what} is not JSON: the key {odd[0]!r} is no text"

    async def test_data_is_what_the_contract_says(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            for one in _contributions(interface):
                faults = list(faults_of(one))
                assert not faults, f"the data of the {one.kind} {one.name!r}: {'; '.join(faults)}"

    async def test_they_stay_the_same(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as interface:
            first = [_plain(one) for one in _contributions(interface)]
            for _ in range(3):
                again = [_plain(one) for one in _contributions(interface)]
                assert again == first, (
                    "contributions() returned something else when it was asked again; within a generation "
                    f"it stays the same: {_difference(first, again)}"
                )


def _odd_keys(data: Any) -> list[Any]:
    if isinstance(data, Mapping):
        return [key for key in data if not isinstance(key, str)] + _odd_keys(list(data.values()))
    if isinstance(data, list | tuple):
        return [key for value in data for key in _odd_keys(value)]
    return []


def _plain(one: Contribution) -> tuple[str, str, str, str]:
    """Return a contribution as text, so that what changes later in its data shows."""
    return one.kind, one.name, one.title, repr(one.data)


def _difference(first: list[Any], again: list[Any]) -> str:
    for one, other in zip(first, again, strict=False):
        if one != other:
            return f"{one} became {other}"
    return f"{len(first)} became {len(again)}"
