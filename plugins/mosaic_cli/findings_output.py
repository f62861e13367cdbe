"""Findings of a linter, printed like ruff's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from .session import Session, echo_json
from .terminal_text import inert


def print_findings(session: Session, findings: Sequence[Any], path: str) -> int:
    """Print findings as text or JSON; return the exit code: 2 if one is an error, else 0."""
    errors = sum(finding.severity.value == "error" for finding in findings)
    if session.as_json:
        echo_json(list(findings))
    else:
        for finding in findings:
            where = str(finding.location) if finding.location else path
            subject = f"{finding.subject}: " if finding.subject else ""
            click.echo(inert(f"{where}: {finding.code} {subject}{finding.message}"))
            if finding.hint:
                click.echo(inert(f"    {finding.hint}"))
        fixable = sum(finding.is_fixable for finding in findings)
        warnings = len(findings) - errors
        tail = f" ({fixable} fixable with --fix)" if fixable else ""
        click.echo(f"{errors} errors, {warnings} warnings{tail}." if findings else "No findings.")
    return 2 if errors else 0
