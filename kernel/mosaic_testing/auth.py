"""The conformance kit of the auth port: good credentials make a principal, all others are denied in words.

Which credentials are good only the plugin's author knows. So override the fixture `mosaic_credentials` in the
``conftest.py`` at the root of your project::

    @pytest.fixture
    def mosaic_credentials():
        return [Credentials(scheme="bearer", good="a token that your test configuration knows", name="ada")]

It may also return a function of the `mosaic_testing.opening.Opened`, plain or asynchronous, that returns them:
for plugins that make their keys themselves, such as in the state directory of ``opened.kernel``. What your
plugin has to be configured with comes from the fixture `mosaic_settings`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from mosaic_hookspecs import Authenticator, Denied, Principal

from .cancelling import require_lets_go
from .contracts import require_contract_of
from .opening import Opened, OpenKernel
from .secrecy import secrets_told

__all__ = ["HOSTILE", "Credentials", "TestContract", "TestDenial", "TestPrincipal"]

_SECONDS = 10.0
HOSTILE = (
    "",
    " ",
    "\x00",
    "a\r\nX-Injected: yes",
    "ü" * 1000,
    "\ud800",
    "' OR '1'='1' --",
    "%s%n{0.__class__.__init__.__globals__}",
    "../../../../etc/passwd",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "..",
    "====",
    "W10=",
    "[" * 10_000,
    '{"permissions": ["*"]}',
    "x" * 1_000_000,
)
"""Credentials that nobody has, made to break a reader."""
_SCHEMES = ("", "no-such-scheme", "\x00", "x" * 10_000)


@attrs.frozen(kw_only=True)
class Credentials:
    """Credentials that are good in the kernel that the kit starts. `name` and `permissions` are those of the
    principal that they stand for, if the kit is to compare them; `others` are credentials of the same scheme
    that look good and are not: expired, revoked, signed with another key.
    """

    scheme: str
    good: str
    name: str = ""
    permissions: frozenset[str] | None = None
    others: Sequence[str] = ()


@asynccontextmanager
async def _opened(open_kernel: OpenKernel, told: Any) -> AsyncIterator[tuple[Opened, Sequence[Credentials]]]:
    __tracebackhide__ = True
    async with open_kernel(settings={"kernel.log_level": "debug"}) as opened:
        known = told(opened) if callable(told) else told
        if inspect.isawaitable(known):
            known = await known
        if not known:
            pytest.fail("the kit needs credentials that are good: override the fixture mosaic_credentials")
        yield opened, [known] if isinstance(known, Credentials) else list(known)


async def _denied(opened: Opened, scheme: str, credentials: str, what: str) -> None:
    """Authenticate with what is no good; fail unless it is denied, in words, and keeps the secret."""
    __tracebackhide__ = True
    try:
        with trio.fail_after(_SECONDS):
            principal = await opened.provider.authenticate(scheme, credentials)
    except Denied as error:
        denied = error
    except trio.TooSlowError:
        raise AssertionError(f"authenticate() took more than {_SECONDS:g} s for {what}") from None
    except Exception as error:
        raise AssertionError(
            f"authenticate() raised {type(error).__name__} for {what}; it raises Denied: {str(error)[:200]}"
        ) from error
    else:
        raise AssertionError(f"authenticate() took {what} for {principal.name!r}; it has to raise Denied")
    assert denied.code, f"the refusal of {what} has no code"
    assert denied.what, f"the refusal of {what} says nothing"
    told = secrets_told(denied, opened.log.text, credentials)
    assert not told, f"the refusal of {what} tells the credentials in {', '.join(told)}"


def _spoilt(good: str) -> Iterator[tuple[str, str]]:
    """Yield what is nearly good, and what was done to it."""
    middle = len(good) // 2
    yield good[:middle], "the first half of good credentials"
    yield (
        good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :],
        "good ones with a sign changed",
    )
    if good[::-1] != good:
        yield good[::-1], "good credentials backwards"


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_opened: OpenKernel, mosaic_contract: str) -> None:
        async with mosaic_opened() as opened:
            require_contract_of(opened.provider, Authenticator, contract=mosaic_contract)


class TestPrincipal:
    """Who good credentials stand for."""

    async def test_good_credentials_make_a_principal(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for one in known:
                who = await opened.provider.authenticate(one.scheme, one.good)
                assert isinstance(who, Principal), (
                    f"authenticate() returned {type(who).__qualname__}, no Principal"
                )
                assert isinstance(who.name, str), f"the principal's name {who.name!r} is no text"
                assert who.name, "the principal has no name"
                assert who.kind, "the principal has no kind"
                assert one.name in {"", who.name}, f"the credentials stand for {one.name!r}; got {who.name!r}"
                if one.permissions is not None:
                    assert who.permissions == one.permissions

    async def test_a_principal_cannot_be_changed(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for one in known:
                who = await opened.provider.authenticate(one.scheme, one.good)
                found = type(who.permissions).__name__
                assert isinstance(who.permissions, frozenset), (
                    f"permissions are a {found}; they are a frozenset"
                )
                assert all(isinstance(name, str) for name in who.permissions), who.permissions
                for field in ("name", "permissions"):
                    try:
                        setattr(who, field, getattr(who, field))
                    except AttributeError:
                        continue
                    pytest.fail(f"the principal's {field} can be set: a {type(who).__qualname__} is not frozen")

    async def test_the_same_credentials_are_the_same_principal(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for one in known:
                first = await opened.provider.authenticate(one.scheme, one.good)
                found: list[Principal] = []

                async def again(scheme: str = one.scheme, good: str = one.good, to: Any = found) -> None:
                    to.append(await opened.provider.authenticate(scheme, good))

                async with trio.open_nursery() as nursery:
                    for _ in range(16):
                        nursery.start_soon(again)
                assert all(who == first for who in found), (
                    f"{first} became {next(w for w in found if w != first)}"
                )


class TestDenial:
    """What becomes of credentials that are not good."""

    async def test_spoilt_credentials_are_denied(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for one in known:
                for credentials, what in _spoilt(one.good):
                    await _denied(opened, one.scheme, credentials, what)
                for number, credentials in enumerate(one.others):
                    await _denied(
                        opened, one.scheme, credentials, f"others[{number}] of the scheme {one.scheme!r}"
                    )
                assert (await opened.provider.authenticate(one.scheme, one.good)).name, (
                    "good ones work after that"
                )

    async def test_hostile_credentials_are_denied(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for scheme in dict.fromkeys(one.scheme for one in known):
                for credentials in HOSTILE:
                    await _denied(opened, scheme, credentials, f"the credentials {credentials[:40]!r}")

    async def test_unknown_schemes_are_denied(self, mosaic_opened: OpenKernel, mosaic_credentials: Any) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for scheme in _SCHEMES:
                for one in known:
                    await _denied(opened, scheme, one.good, f"good credentials in the scheme {scheme[:40]!r}")

    async def test_cancellation_is_let_through(
        self, mosaic_opened: OpenKernel, mosaic_credentials: Any
    ) -> None:
        async with _opened(mosaic_opened, mosaic_credentials) as (opened, known):
            for one in known:
                call = opened.provider.authenticate(one.scheme, one.good)
                await require_lets_go(call, "authenticate()", seconds=_SECONDS)
