"""The plugin class: reads the table and provides the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs
from mosaic_hookspecs import Context, InputError, Provision, hookimpl
from mosaic_hookspecs.models import Model


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    answers: Mapping[str, str] = attrs.field(
        factory=dict,
        metadata={"help": "Maps a regular expression, looked for in what is asked, to the answer."},
    )


class SamplePlugin:
    """Provides the models port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the model; it holds nothing open."""
        from .model import TableModel  # only who asks a model pays for importing it

        config: Config = context.config
        _require_patterns(config.answers)
        model: Model = TableModel("sample", config.answers)
        return [Provision(port="models", name=model.name, provider=model)]


def _require_patterns(answers: Mapping[str, str]) -> None:
    for pattern in answers:
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(
                "bad-pattern",
                "this is no regular expression",
                where="plugins.sample.answers",
                got=f"{pattern!r}: {error}",
            ) from error
