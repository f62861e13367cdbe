"""The kit of the auth port lets a right authenticator be, and says what is wrong with others."""

from __future__ import annotations

import contextlib
import hmac

import attrs
import pytest
import trio
from kit_running import failures, opening, require_told

from mosaic_hookspecs import Denied, Principal
from mosaic_testing import auth
from mosaic_testing.auth import Credentials

TOKEN = "mosaic-0123456789-abcdefghij"
REVOKED = "mosaic-9999999999-abcdefghij"
KNOWN = Credentials(
    scheme="bearer", good=TOKEN, name="ada", permissions=frozenset({"task:read"}), others=[REVOKED]
)


class Right:
    """Knows one token."""

    def __init__(self):
        self.context = None

    async def authenticate(self, scheme, credentials):
        await trio.lowlevel.checkpoint()
        if scheme == "bearer" and hmac.compare_digest(
            credentials.encode("utf-8", "surrogatepass"), TOKEN.encode()
        ):
            return Principal(name="ada", permissions=frozenset({"task:read"}))
        return self.refuse(credentials)

    def refuse(self, credentials):
        raise Denied("bad-credentials", "these credentials are not good", hint="Ask for new ones.")


class Telling(Right):
    def refuse(self, credentials):
        raise Denied("bad-credentials", "these credentials are not good", got=credentials)


class Chaining(Right):
    def refuse(self, credentials):
        try:
            int(credentials)
        except ValueError as error:
            raise Denied("bad-credentials", "these credentials are not good") from error
        return super().refuse(credentials)


class Raising(Right):
    def refuse(self, credentials):
        raise PermissionError("no")


class Fragile(Right):
    async def authenticate(self, scheme, credentials):
        credentials.encode("ascii")
        return await super().authenticate(scheme, credentials)


class Guest(Right):
    def refuse(self, credentials):
        return Principal(name="guest")


class AnyScheme(Right):
    async def authenticate(self, scheme, credentials):
        return await super().authenticate("bearer", credentials)


class Prefixes(Right):
    async def authenticate(self, scheme, credentials):
        if scheme == "bearer" and TOKEN.startswith(credentials) and credentials:
            return await super().authenticate(scheme, TOKEN)
        return await super().authenticate(scheme, credentials)


class NeverRevokes(Right):
    async def authenticate(self, scheme, credentials):
        return await super().authenticate(scheme, TOKEN if credentials == REVOKED else credentials)


@attrs.define
class Loose:
    name: str = "ada"
    kind: str = "user"
    permissions: object = frozenset()


class NotAPrincipal(Right):
    async def authenticate(self, scheme, credentials):
        await super().authenticate(scheme, credentials)
        return Loose()


class Listing(Right):
    async def authenticate(self, scheme, credentials):
        await super().authenticate(scheme, credentials)
        return Principal(name="ada", permissions=["task:read"])


class Nameless(Right):
    async def authenticate(self, scheme, credentials):
        await super().authenticate(scheme, credentials)
        return Principal(name="")


class SomebodyElse(Right):
    async def authenticate(self, scheme, credentials):
        await super().authenticate(scheme, credentials)
        return Principal(name="eve")


class Changing(Right):
    def __init__(self):
        self.count = 0

    async def authenticate(self, scheme, credentials):
        await super().authenticate(scheme, credentials)
        self.count += 1
        return Principal(name="ada", permissions=frozenset({f"task:{self.count}"}))


class Locking(Right):
    """Takes good credentials no more after bad ones."""

    is_locked = False

    def refuse(self, credentials):
        self.is_locked = True
        return super().refuse(credentials)

    async def authenticate(self, scheme, credentials):
        if self.is_locked:
            raise Denied("locked", "too many attempts")
        return await super().authenticate(scheme, credentials)


class Stubborn(Right):
    async def authenticate(self, scheme, credentials):
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(0.01)
        return Principal(name="ada") if credentials == TOKEN else self.refuse(credentials)


class Wordless(Right):
    def refuse(self, credentials):
        raise Denied("bad-credentials", "")


class Positional(Right):
    async def authenticate(self, kind, secret):
        return await super().authenticate(kind, secret)


async def run(provider, tmp_path, credentials=KNOWN, only=()):
    opened = opening("auth", provider, tmp_path)
    return await failures(auth, opened, tmp_path, only=only, mosaic_credentials=credentials)


async def test_a_right_authenticator_passes(tmp_path):
    assert await run(Right, tmp_path) == {}


async def test_credentials_may_be_made_when_the_plugin_runs(tmp_path):
    async def make(opened):
        assert opened.kernel.state_directory
        return [KNOWN]

    assert await run(Right, tmp_path, make) == {}


async def test_without_credentials_the_kit_says_what_it_needs(tmp_path):
    require_told(await run(Right, tmp_path, None), "override the fixture mosaic_credentials")


@pytest.mark.parametrize(
    ("provider", "test", "expected"),
    [
        (
            Telling,
            "spoilt_credentials_are_denied",
            "the refusal of the first half of good credentials tells the credentials in its 'got'",
        ),
        (Chaining, "hostile_credentials_are_denied", "tells the credentials in the ValueError that led to it"),
        (
            Raising,
            "spoilt_credentials_are_denied",
            "authenticate() raised PermissionError for the first half of good credentials; it raises Denied",
        ),
        (
            Fragile,
            "hostile_credentials_are_denied",
            "authenticate() raised UnicodeEncodeError for the credentials 'üüü",
        ),
        (
            Guest,
            "spoilt_credentials_are_denied",
            "authenticate() took the first half of good credentials for 'guest'; it has to raise Denied",
        ),
        (
            AnyScheme,
            "unknown_schemes_are_denied",
            "authenticate() took good credentials in the scheme '' for 'ada'",
        ),
        (
            Prefixes,
            "spoilt_credentials_are_denied",
            "authenticate() took the first half of good credentials for 'ada'",
        ),
        (
            NeverRevokes,
            "spoilt_credentials_are_denied",
            "authenticate() took others[0] of the scheme 'bearer' for 'ada'",
        ),
        (NotAPrincipal, "good_credentials_make_a_principal", "authenticate() returned Loose, no Principal"),
        (
            NotAPrincipal,
            "a_principal_cannot_be_changed",
            "the principal's name can be set: a Loose is not frozen",
        ),
        (Listing, "a_principal_cannot_be_changed", "permissions are a list; they are a frozenset"),
        (Nameless, "good_credentials_make_a_principal", "the principal has no name"),
        (SomebodyElse, "good_credentials_make_a_principal", "the credentials stand for 'ada'; got 'eve'"),
        (Changing, "the_same_credentials_are_the_same_principal", "became Principal("),
        (Locking, "spoilt_credentials_are_denied", "Denied: too many attempts"),
        (
            Stubborn,
            "cancellation_is_let_through",
            "authenticate() was cancelled, and returned as if it was not",
        ),
        (
            Wordless,
            "spoilt_credentials_are_denied",
            "the refusal of the first half of good credentials says nothing",
        ),
        (
            Positional,
            "it_keeps_the_contract",
            "expected authenticate(scheme, credentials), found authenticate(kind, secret)",
        ),
    ],
)
async def test_a_wrong_authenticator_is_told(tmp_path, provider, test, expected):
    require_told(await run(provider, tmp_path, only=[f"test_{test}"]), expected)


async def test_a_secret_in_the_log_is_told(tmp_path):
    from mosaic_hookspecs import Manifest, Provides, Provision, hookimpl
    from mosaic_testing.kernels import open_plugin

    class Chatty:
        @hookimpl
        async def mosaic_provide(self, context):
            class Logging(Right):
                def refuse(self, credentials):
                    context.log.debug("auth.refused", what=credentials)
                    return super().refuse(credentials)

            return [Provision(port="auth", name="it", provider=Logging())]

    manifest = Manifest(provides=(Provides(port="auth", contract="1.0", name="it"),))

    def opened(directory=None, *, plugins=(), settings=None):
        return open_plugin(
            ("chatty", Chatty, manifest),
            tmp_path,
            port="auth",
            provider="it",
            plugins=plugins,
            settings=settings,
        )

    found = await failures(auth, opened, tmp_path, mosaic_credentials=KNOWN)
    require_told(found, "tells the credentials in the log")
