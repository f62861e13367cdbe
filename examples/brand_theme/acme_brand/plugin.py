"""The plugin: three contributions to whichever user interface is there."""

from collections.abc import Sequence
from pathlib import Path

import attrs

from mosaic_hookspecs import Context, Contribution, Provision, hookimpl

from .tokens import DARK, LIGHT


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.brand``."""

    accent: str = attrs.field(
        default="",
        validator=attrs.validators.matches_re(r"(#[0-9a-fA-F]{6})?"),
        metadata={"help": "Another accent colour for the light theme, such as #0b5fff."},
    )
    runs: int = attrs.field(
        default=5,
        validator=[attrs.validators.ge(1), attrs.validators.le(50)],
        metadata={"help": "How many runs the panel shows."},
    )


class BrandInterface:
    """What it adds is data: an interface draws it, and runs nothing of this plugin while it does."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def contributions(self) -> Sequence[Contribution]:
        """A theme, a panel, and the way to it."""
        accent = {"color-accent": self._config.accent} if self._config.accent else {}
        template = Path(__file__).with_name("newest_runs.html").read_text("utf-8")
        return [
            Contribution(
                kind="theme", name="acme", title="Acme", data={"light": {**LIGHT, **accent}, "dark": DARK}
            ),
            Contribution(
                kind="panel",
                name="acme-runs",
                title="Newest runs",
                data={
                    "template": template,
                    "reads": {"runs": {"operation": "run.list", "input": {"limit": self._config.runs}}},
                },
            ),
            Contribution(
                kind="navigation",
                name="acme-runs",
                title="Newest runs",
                data={"target": "panel:acme-runs", "order": 20},
            ),
        ]


class BrandPlugin:
    """Puts one provider into the port ``ui``."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the contributions."""
        provider = BrandInterface(context.config or Config())
        return [Provision(port="ui", name="brand", provider=provider)]
