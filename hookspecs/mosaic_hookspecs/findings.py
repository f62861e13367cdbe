"""Findings: what a linter says about a document, with a code and a place, like ruff's."""

from __future__ import annotations

import enum

import attrs

from mosaic_hookspecs.errors import Location


class Severity(enum.Enum):
    """An error blocks; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen(kw_only=True)
class Finding:
    """One finding. `code` is stable (``UPP101``); `subject` names the node or requirement it is about."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    subject: str = ""
    location: Location | None = None
    hint: str = ""
    is_fixable: bool = False
