"""Where finished plans are kept as files, for `mosaic run` and everybody else."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

from mosaic_hookspecs import Plan

_FOLDER = "plans"
_LONGEST = 40


def write_plan(state_directory: Path, plan: Plan) -> Path:
    """Write a plan into a new file of the state directory; return the path. Raises `OSError`."""
    directory = state_directory / _FOLDER
    directory.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", plan.title.lower()).strip("-")[:_LONGEST] or "plan"
    path = directory / f"{name}-{secrets.token_hex(3)}.json"
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(plan.to_data(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(path)
    return path
