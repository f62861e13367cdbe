"""The format of UPP Markdown trees."""

from __future__ import annotations

import re

from mosaic_hookspecs import Plan

_SIGN = re.compile(r"\b(?:E\.\d{3}|F\.\d{3}\.\d{2}|S\.\d{3}\.\d{2}\.\d{2}|(?:T|ST|A)\.\d{3}(?:\.\d{2}){3,5})\b")
_ENOUGH = 2


class UppMarkdown:
    """Reads trees and lists with UPP identifiers; writes a tree that holds the whole plan."""

    name = "upp"

    def recognises(self, text: str, path: str) -> bool:
        """Whether `text` is no JSON, and names at least two UPP nodes."""
        if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
            return False
        found = _SIGN.finditer(text)
        return sum(1 for _ in zip(range(_ENOUGH), found, strict=False)) == _ENOUGH

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` with the line for anything malformed."""
        from .upp_reader import read_upp

        return read_upp(text, path)

    def write(self, plan: Plan) -> str:
        """Write a plan. Raises `InputError` where identifiers are malformed or stand twice."""
        from .upp_writer import write_upp

        return write_upp(plan)
