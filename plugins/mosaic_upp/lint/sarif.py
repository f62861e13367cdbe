"""SARIF 2.1.0, the interchange form of static analysis results (OASIS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from mosaic_hookspecs import Finding

from .rules import RULES

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(findings: Sequence[Finding], path: str) -> dict[str, Any]:
    """Return a SARIF log with one run, all rules, and a result for each finding."""
    positions = {code: index for index, code in enumerate(RULES)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "mosaic plan check", "rules": [_rule(code) for code in RULES]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, path, positions) for finding in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.explanation},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, path: str, positions: dict[str, int]) -> dict[str, Any]:
    place = finding.location
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": quote((place.path if place else path) or "plan", safe="/:@")}
    }
    if place is not None and place.line:
        physical["region"] = {"startLine": place.line}
        if place.column:
            physical["region"]["startColumn"] = place.column
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.subject:
        location["logicalLocations"] = [{"name": finding.subject}]
    hint = f" {finding.hint}" if finding.hint else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}.{hint}"},
        "locations": [location],
        "properties": {"isFixable": finding.is_fixable},
    }
    if finding.code in positions:
        result["ruleIndex"] = positions[finding.code]
    return result
