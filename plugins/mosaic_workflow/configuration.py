"""The configuration of the workflow plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen(kw_only=True)
class Config:
    """What workflows may use, and their limits."""

    secrets: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "environment variables of Mosaic that workflows may read as secrets.NAME"},
    )
    variables: Mapping[str, str] = attrs.field(factory=dict, metadata={"help": "what vars.NAME gives"})
    permissions: Sequence[str] = attrs.field(
        default=("run:read", "task:read"),
        metadata={"help": "what steps with `uses: operation:NAME` may do"},
    )
    timeout_minutes: float = attrs.field(
        default=360.0, metadata={"help": "how long a job may take that does not say"}
    )
    max_artifact_bytes: int = attrs.field(
        default=256 * 1024 * 1024, metadata={"help": "the biggest artifact that is kept"}
    )
    max_output_bytes: int = attrs.field(
        default=1024 * 1024, metadata={"help": "how much the outputs of one job may hold in all"}
    )
