"""The records of the operation ``plugins.check``."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.findings import Finding


@attrs.frozen(kw_only=True)
class CheckPlugin:
    """Names what to check."""

    path: str = attrs.field(
        metadata={"help": "A project's directory, or the name of an installed plugin, package or distribution."}
    )
    directory: str = attrs.field(
        default="", metadata={"help": "What the path is relative to; nothing: the project of this Mosaic."}
    )
    types: bool = attrs.field(default=True, metadata={"help": "Run mypy, if it is installed."})
    types_seconds: float = attrs.field(default=300.0, metadata={"help": "How long mypy may take."})


@attrs.frozen(kw_only=True)
class CheckReport:
    """What was found in these plugins; `types` says how types were checked, or why they were not."""

    plugins: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    types: str = ""
