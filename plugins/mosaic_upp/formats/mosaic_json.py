"""Mosaic's own plan format: the JSON that `Plan.to_data` gives, pretty and stable."""

from __future__ import annotations

import json

from mosaic_hookspecs import InputError, Plan

from .json_document import load_json
from .plan_decoder import decode_plan


class MosaicJson:
    """Reads and writes ``plan.json``; reading what was written gives an equal plan."""

    name = "json"

    def recognises(self, text: str, path: str) -> bool:
        """Whether `text` is an object with the key ``mosaic_plan``."""
        return text.lstrip("\ufeff \t\r\n").startswith("{") and '"mosaic_plan"' in text

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` with line, column and key for anything malformed."""
        return decode_plan(load_json(text, path))

    def write(self, plan: Plan) -> str:
        """Write a plan, with fields in the order of their declaration and defaults left out."""
        try:
            return json.dumps(plan.to_data(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(
                "bad-plan", "the plan holds a value that JSON cannot say", got=str(error)
            ) from error
