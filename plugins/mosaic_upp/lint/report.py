"""Renders findings for people (text), for programs (JSON) and for code scanners (SARIF 2.1.0)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import Finding, InputError, Severity

from .rules import RULES
from .sarif import to_sarif

STYLES = ("text", "json", "sarif")
"""The styles that `render` knows."""


def render(findings: Sequence[Finding], style: str = "text", path: str = "") -> str:
    """Render the findings about the plan at `path`; every style ends with a line feed.

    Raises:
        InputError: there is no such style (code ``unknown-style``).
    """
    if style == "text":
        return _to_text(findings, path)
    if style == "json":
        return json.dumps(to_report(findings, path), indent=2, ensure_ascii=False) + "\n"
    if style == "sarif":
        return json.dumps(to_sarif(findings, path), indent=2, ensure_ascii=False) + "\n"
    raise InputError(
        "unknown-style",
        "findings cannot be written in this style",
        expected=", ".join(STYLES),
        got=repr(style[:40]),
    )


def to_report(findings: Sequence[Finding], path: str) -> dict[str, Any]:
    """Return the findings as JSON data: the file, the totals, and each finding."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return {
        "path": path,
        "errors": errors,
        "warnings": len(findings) - errors,
        "fixable": sum(finding.is_fixable for finding in findings),
        "findings": [_to_data(finding, path) for finding in findings],
    }


def _to_data(finding: Finding, path: str) -> dict[str, Any]:
    rule = RULES.get(finding.code)
    place = finding.location
    return {
        "code": finding.code,
        "name": rule.name if rule else "",
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": finding.message,
        "path": place.path if place else path,
        "line": place.line if place else 0,
        "column": place.column if place else 0,
        "hint": finding.hint,
        "is_fixable": finding.is_fixable,
    }


def _to_text(findings: Sequence[Finding], path: str) -> str:
    lines = []
    for finding in findings:
        place = str(finding.location) if finding.location else path or "plan"
        subject = f" {finding.subject}:" if finding.subject else ""
        mark = " [*]" if finding.is_fixable else ""
        hint = f". {finding.hint}" if finding.hint else ""
        lines.append(f"{place}: {finding.severity.value} {finding.code}{mark}{subject} {finding.message}{hint}")
    report = to_report(findings, path)
    if not findings:
        lines.append("No findings.")
    else:
        lines.append(f"Found {_count(report['errors'], 'error')} and {_count(report['warnings'], 'warning')}.")
    if report["fixable"]:
        lines.append(f"[*] {report['fixable']} fixable with --fix.")
    return "".join(" ".join(line.split()) + "\n" for line in lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
