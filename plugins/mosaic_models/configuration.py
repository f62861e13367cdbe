"""What can be configured: the endpoints, each a provider of the port under its own name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import attrs

from mosaic_hookspecs.errors import InputError

KINDS: Mapping[str, str] = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
"""The kinds of endpoints, and where each is unless a `url` says otherwise."""
_OPENAI_ONLY = "json_object"
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_positive = attrs.validators.gt(0.0)
_not_negative = attrs.validators.ge(0.0)


@attrs.frozen(kw_only=True)
class Prices:
    """What a million tokens cost, in US dollars."""

    input: float = attrs.field(
        default=0.0, validator=_not_negative, metadata={"help": "A million input tokens."}
    )
    output: float = attrs.field(
        default=0.0, validator=_not_negative, metadata={"help": "A million output tokens."}
    )
    cached: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(_not_negative),
        metadata={"help": "A million input tokens that were read from a cache; unset: as `input`."},
    )


@attrs.frozen(kw_only=True)
class Endpoint:
    """One model behind HTTP. Ollama, vLLM and llama.cpp are of the kind ``openai``, with a `url`."""

    kind: Literal["openai", "anthropic"] = attrs.field(
        metadata={"help": "What it speaks: openai (chat completions) or anthropic (messages)."},
    )
    model: str = attrs.field(metadata={"help": "The model that is asked unless a request names another."})
    url: str = attrs.field(
        default="",
        metadata={"help": "Its base address, such as http://127.0.0.1:11434/v1; unset: the maker's own."},
    )
    key_from: str = attrs.field(
        default="", metadata={"help": "The environment variable that holds its key; unset: it asks for none."}
    )
    key_header: str = attrs.field(
        default="",
        metadata={"help": "The header that carries the key; unset: the kind's own (authorization, x-api-key)."},
    )
    headers: Mapping[str, str] = attrs.field(
        factory=dict, metadata={"help": "Headers that go with each request."}
    )
    seconds: float = attrs.field(
        default=300.0, validator=_positive, metadata={"help": "How long a whole answer may take."}
    )
    silence_seconds: float = attrs.field(
        default=60.0,
        validator=_positive,
        metadata={"help": "How long it may say nothing at all before it counts as gone."},
    )
    connect_seconds: float = attrs.field(
        default=10.0, validator=_positive, metadata={"help": "How long connecting may take."}
    )
    max_tokens: int = attrs.field(
        default=32768,
        validator=attrs.validators.ge(1),
        metadata={"help": "The most output tokens that a request may ask for."},
    )
    max_bytes: int = attrs.field(
        default=8 * 1024 * 1024,
        validator=attrs.validators.ge(1024),
        metadata={"help": "How long an answer may be on the wire."},
    )
    structured: Literal["auto", "json_schema", "json_object", "tool", "prompt"] = attrs.field(
        default="auto",
        metadata={
            "help": "How answers that fit a schema are asked for; auto: by the best means that it takes."
        },
    )
    prices: Prices | None = attrs.field(
        default=None, metadata={"help": "What it costs; unset: money is left to others to reckon."}
    )
    is_subscription: bool = attrs.field(
        default=False, metadata={"help": "Whether it is paid for already, as a model on your own machine is."}
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.models``."""

    endpoints: Mapping[str, Endpoint] = attrs.field(
        factory=dict, metadata={"help": "The models, each under the name by which it is asked for."}
    )

    def require_sense(self) -> None:
        """Refuse what no request could be made of.

        Raises:
            InputError: an address is none, holds a password, a header cannot be sent, or a mode is not of
                that kind.
        """
        for name, endpoint in self.endpoints.items():
            where = f"plugins.models.endpoints.{name}"
            parts = urlsplit(endpoint.url or KINDS[endpoint.kind])
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise InputError(
                    "bad-url",
                    "this is no address of an endpoint",
                    where=f"{where}.url",
                    expected="http:// or https://, a host, and a path such as /v1",
                )
            if parts.username or parts.password:
                raise InputError(
                    "secret-in-url",
                    "an address must not hold a password: it is shown in errors and logs",
                    where=f"{where}.url",
                    hint="Put it into an environment variable, and name that in key_from.",
                )
            for header, value in endpoint.headers.items():
                if not _HEADER.fullmatch(header) or not (value.isascii() and value.isprintable()):
                    raise InputError(
                        "bad-header",
                        "this header cannot be sent",
                        where=f"{where}.headers.{header}",
                        expected="a name of letters, digits and -, and a value of printable characters",
                    )
            if endpoint.kind != "openai" and endpoint.structured == _OPENAI_ONLY:
                raise InputError(
                    "bad-mode",
                    f"endpoints of the kind {endpoint.kind} have no mode {_OPENAI_ONLY}",
                    where=f"{where}.structured",
                    expected="auto, json_schema, tool or prompt",
                )
