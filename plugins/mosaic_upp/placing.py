"""Where the nodes of a plan stand in its JSON file, for findings that know no line of their own.

A node made by a planner remembers no line: what it was made of may be elsewhere. Whoever reads a finding
has the JSON file open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.errors import Location
from mosaic_hookspecs.findings import Finding

from .formats.json_scan import offset_of
from .formats.mosaic_json import MosaicJson

_FIRST = re.compile(r"\[\s*\{")
_NEXT = re.compile(r"\s*,\s*\{")


def place_findings(findings: Sequence[Finding], text: str, path: str) -> Sequence[Finding]:
    """Give findings about nodes of the plan in `text`, read from `path`, the node's line there.

    Only Mosaic's own JSON is looked at, and only where there is a finding without a line.
    """
    if not any(_lacks_line(finding, path) for finding in findings) or not MosaicJson().recognises(text, path):
        return findings
    lines = _node_lines(text.removeprefix("\ufeff"))
    return tuple(
        attrs.evolve(finding, location=Location(path=path, line=lines[finding.subject]))
        if _lacks_line(finding, path) and finding.subject in lines
        else finding
        for finding in findings
    )


def _lacks_line(finding: Finding, path: str) -> bool:
    return bool(path) and (finding.location is None or finding.location == Location(path=path))


def _node_lines(text: str) -> Mapping[str, int]:
    """Map each identifier to the line of its last node: of one that is given twice, the repetition."""
    decoder = json.JSONDecoder()
    lines: dict[str, int] = {}
    position, line, counted = offset_of(text, ("nodes",)), 1, 0
    expected = _FIRST
    while match := expected.match(text, position):
        start = match.end() - 1
        line += text.count("\n", counted, start)
        counted = start
        node, position = decoder.raw_decode(text, start)
        if isinstance(node.get("node_id"), str):
            lines[node["node_id"]] = line
        expected = _NEXT
    return lines
