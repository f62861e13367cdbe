"""Plans in and out: finds the format of a text, reads it, writes it. Knows third parties' formats too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, Location, Unavailable
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.planning import PlanFormat

from .formats import FORMATS

FORMAT_PREFIX = "format:"
_HELD_BY_DOCUMENTS = ("checklist",)


class Desk:
    """Every format that is here now; the plugin's own come first."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def formats(self) -> Mapping[str, PlanFormat]:
        """Return the formats by name."""
        found = dict(FORMATS)
        try:
            port = self._context.port("planning")
            names = port.names()
        except Unavailable:
            return found
        for name in names:
            if name.startswith(FORMAT_PREFIX) and name.removeprefix(FORMAT_PREFIX) not in found:
                found[name.removeprefix(FORMAT_PREFIX)] = port.get(name)
        return found

    def format(self, name: str) -> PlanFormat:
        """Return a format. Raises `InputError` with the names that there are."""
        formats = self.formats()
        if name not in formats:
            raise InputError(
                "unknown-format",
                "there is no such format",
                where="format",
                expected=", ".join(formats),
                got=repr(name)[:80],
            )
        return formats[name]

    def read_if_known(self, text: str, path: str) -> Plan | None:
        """Read a text in whichever format recognises it; None if none does."""
        found = next((each for each in self.formats().values() if each.recognises(text, path)), None)
        return found.read(text, path) if found else None

    def read_tree(self, text: str, path: str) -> Plan | None:
        """Read a document that is a plan already; None for one that has to be planned, which includes
        every document that merely holds a checklist.
        """
        found = next((each for each in self.formats().values() if each.recognises(text, path)), None)
        return found.read(text, path) if found and found.name not in _HELD_BY_DOCUMENTS else None

    def read_data(self, plan: Mapping[str, Any], path: str = "plan") -> Plan:
        """Read a plan that is given as data, as strictly as a file. Raises `InputError`, located."""
        from .formats.json_document import load_json
        from .formats.plan_decoder import decode_plan

        return decode_plan(load_json(json.dumps(dict(plan)), path))

    def read(self, text: str, path: str, name: str) -> Plan:
        """Read a text in the named format, or in whichever recognises it.

        Raises:
            InputError: it is in no format, or malformed; located.
        """
        if name:
            return self.format(name).read(text, path)
        plan = self.read_if_known(text, path)
        if plan is None:
            raise InputError(
                "unknown-format",
                "this is no plan in any format that Mosaic reads",
                where=Location(path=path or "plan", line=1),
                expected=", ".join(self.formats()),
                hint="Name the format with --format, or make a plan of a PRD with `mosaic plan new`.",
            )
        return plan
