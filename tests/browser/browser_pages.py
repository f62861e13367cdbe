"""Which pages there are: those that the dashboard declares, so that a page that is new is tested, too."""

import os
import re
from pathlib import Path

import attrs
import yaml

import mosaic_dashboard

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FOLDERS = Path(mosaic_dashboard.__file__).with_name("pages")


@attrs.frozen
class Place:
    """Where to look: `path` has parameters in braces; `name` names the test. `is_listed` tells those that
    the navigation, or a tab of a page that it names, leads to.
    """

    name: str
    path: str
    is_listed: bool = False

    def of(self, run_id, task_id="", **others):
        """Return the path for a run and a task of it; `others` are what only some paths have in them."""
        given = {"run_id": run_id, "task_id": task_id, "name": "engine", **others}
        path = re.sub(r"\{(\w+)\}", lambda found: given[found[1]], self.path)
        # Pages about a run show the newest, if they are not told which.
        return path if "{run_id}" in self.path else f"{path}{'&' if '?' in path else '?'}run_id={run_id}"


COUNT = float(os.environ.get("MOSAIC_CHAOS", "1"))
MAIN = ("now", "board", "plan", "draft", "inbox", "analytics", "admin", "task-log")
"""The pages that are always looked at; the others from MOSAIC_CHAOS=2 on, as CI does."""


def places():
    """Return the pages to look at: all, or the main ones."""
    return [place for place in all_places() if COUNT > 1 or place.name in MAIN]


def all_places():
    """Return every page, and the task page once with each of its tabs."""
    pages, tabs, task = [], [], ""
    for path in sorted(FOLDERS.glob("*/page.yaml")):
        for entry in yaml.safe_load(path.read_text("utf-8")):
            if entry["kind"] == "page":
                where = entry.get("path") or f"/pages/{entry['name']}"
                if "{task_id}" in where:
                    task = where
                pages.append(Place(entry["name"], where, "keys" in entry))
            elif entry["kind"] == "tab":
                tabs.append(entry["name"])
    return pages + [Place(f"task-{tab}", f"{task}?tab={tab}") for tab in tabs if task]
