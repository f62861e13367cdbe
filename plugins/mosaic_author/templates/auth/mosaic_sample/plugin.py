"""The plugin class: reads the table of people and provides the authenticator."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs
from mosaic_hookspecs import Authenticator, Context, InputError, Provision, hookimpl

from .tokens import Person, TokenAuthenticator

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    people: Mapping[str, Person] = attrs.field(
        factory=dict, metadata={"help": "Maps a name to a token's digest and to permissions."}
    )


class SamplePlugin:
    """Provides the auth port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the authenticator; it holds nothing open."""
        config: Config = context.config
        provider: Authenticator = TokenAuthenticator(config.people)
        return [Provision(port="auth", name="sample", provider=provider)]

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Refuse what cannot be a digest: a token in the clear would never fit, and lie open."""
        config: Config = context.config
        for name, person in config.people.items():
            if not _DIGEST.fullmatch(person.token):
                raise InputError(
                    "bad-digest",
                    "this is no SHA-256 digest",
                    where=f"plugins.sample.people.{name}.token",
                    expected="64 hexadecimal digits",
                    hint='Make it with: printf %s "$TOKEN" | sha256sum',
                )
