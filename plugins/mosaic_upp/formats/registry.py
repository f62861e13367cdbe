"""All formats by name, in the order in which a document is tried against them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mosaic_hookspecs import PlanFormat

from .beads import Beads
from .checklist import Checklist
from .mermaid import Mermaid
from .mosaic_json import MosaicJson
from .task_master import TaskMaster
from .upp import UppMarkdown
from .wfformat import WfFormat

FORMATS: Mapping[str, PlanFormat] = MappingProxyType(
    {
        plan_format.name: plan_format
        for plan_format in (
            MosaicJson(),
            WfFormat(),
            TaskMaster(),
            Beads(),
            UppMarkdown(),
            Checklist(),
            Mermaid(),
        )
    }
)
"""Every format by its name; the more specific ones first."""


def recognise(text: str, path: str) -> PlanFormat | None:
    """Return the first format that recognises a document; None if none does. Never raises."""
    return next((each for each in FORMATS.values() if each.recognises(text, path)), None)
