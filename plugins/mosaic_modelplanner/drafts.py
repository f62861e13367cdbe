"""Where finished plans are kept as files, for `mosaic run` and everybody else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mosaic_hookspecs import Plan, digest

_FOLDER = "plans"
_LONGEST = 40


def write_plan(state_directory: Path, plan: Plan) -> Path:
    """Write a plan into a file of the state directory, the same for the same plan; return the path. Raises
    `OSError`, and leaves nothing then.
    """
    directory = state_directory / _FOLDER
    directory.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", plan.title.lower()).strip("-")[:_LONGEST] or "plan"
    data = (json.dumps(plan.to_data(), indent=2, ensure_ascii=False) + "\n").encode()
    path = directory / f"{name}-{digest(data).rpartition(':')[2][:12]}.json"
    partial = path.with_suffix(".part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return path
