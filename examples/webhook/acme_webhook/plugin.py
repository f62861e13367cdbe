"""The plugin: what can be configured, and the observer that it provides."""

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Context, Provision, hookimpl

from .observer import WebhookObserver


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.webhook``."""

    url: str = attrs.field(metadata={"help": "Where events are POSTed: http:// or https://."})
    secret: str = attrs.field(metadata={"help": "The key of the signature, in base64 behind `whsec_`."})
    kinds: Sequence[str] = attrs.field(
        default=("run.*",), metadata={"help": "Which events: patterns such as `run.finished` or `task.*`."}
    )
    seconds: float = attrs.field(
        default=10.0,
        validator=attrs.validators.gt(0.0),
        metadata={"help": "How long the receiver may take for one event."},
    )


class WebhookPlugin:
    """Puts one observer into the port ``observe``; Mosaic feeds it."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the observer."""
        config: Config = context.config
        observer = WebhookObserver(config.url, config.secret, tuple(config.kinds), config.seconds)
        return [Provision(port="observe", name="webhook", provider=observer)]
