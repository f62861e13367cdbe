"""The runs that the screenshots show.

They are the bookshop, built by the scaffold agent; a newsletter by two workers that take tasks as any agent
does, and tell what they spent; and a release that waits for a person.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any

from browser_pages import Place
from browser_profile import Problem, ServedProfile

ROOT = Path(__file__).parent.parent
STEPS = (
    (
        "Collect what happened this month",
        ("Read the event calendar", "Ask the volunteers", "Sort the photographs"),
    ),
    (
        "Write the articles",
        ("Write the leading article", "Write the portrait of the month", "Write the short notes"),
    ),
    ("Make the pages", ("Lay out the front page", "Lay out the inner pages", "Proofread everything")),
    ("Send it", ("Prepare the mailing list", "Make the PDF", "Send it to the printer")),
)
MODEL, WORDS = "claude-sonnet", ("reading the notes", "drafting", "checking names and dates", "shortening")
RELEASE = """
name: Release
run-name: Release the catalogue 2.4
jobs:
  notes: {name: Gather the release notes, steps: [{run: "echo 12 changes since 2.3"}]}
  archive: {name: Make the archive, needs: notes, approval: "Publish the catalogue 2.4 to the web shop?",
    steps: [{run: "echo archived"}]}
  announce: {name: Announce it, needs: archive, steps: [{run: "echo announced"}]}
"""


def newsletter() -> dict[str, Any]:
    """Return the plan of the newsletter."""
    nodes: list[dict[str, Any]] = [
        {"node_id": "E.001", "title": "Newsletter"},
        {"node_id": "F.001.01", "title": "The November issue"},
    ]
    before: list[str] = []
    for story, (title, tasks) in enumerate(STEPS, 1):
        nodes.append({"node_id": f"S.001.01.{story:02}", "title": title})
        made = []
        for number, task in enumerate(tasks, 1):
            made.append(f"T.001.01.{story:02}.{number:02}")
            file = f"{task.split()[-1].lower()}-{story}{number}.md"
            nodes.append(
                {
                    "node_id": made[-1],
                    "title": task,
                    "minutes": 10 + 5 * (number % 3),
                    "labels": ["editor"],
                    "depends_on": before,
                    "work": {"description": f"Leave what you made in `{file}`.", "file": file},
                    "checks": [{"name": "made", "parameters": {"run": f"test -s {file}"}}],
                }
            )
        before = made
    return {"mosaic_plan": 1, "title": "Newsletter", "nodes": nodes}


class Runs:
    """Makes them, and keeps some at work until `end`."""

    def __init__(self, profile: ServedProfile) -> None:
        self._profile = profile
        self._is_over = threading.Event()
        self._workers: list[threading.Thread] = []
        self._draft = ""

    def begin(self) -> None:
        """Make the runs; return when there is enough to see."""
        text = (ROOT / "examples" / "bookshop" / "PRD.md").read_text("utf-8")
        self._run("bookshop", "bookshop.md", text, "Bookshop", "bookshop")
        self._run("newsletter", "newsletter.json", json.dumps(newsletter()), "Newsletter", "newsletter")
        self._profile.request(
            "POST",
            "/api/runs",
            {"text": RELEASE, "target": "release.yaml", "run_id": "release", "project": "Bookshop"},
        )
        for name in ("ada", "ben"):
            self._profile.call("agent.register", name=name, labels=["editor"], is_general=False)
            worker = threading.Thread(target=self._work, args=(name,), daemon=True)
            worker.start()
            self._workers.append(worker)
        self._draft = self._profile.call("draft.create", text=text, path="PRD.md")["id"]
        self._profile.call(
            "inbox.ask",
            title="Which photograph belongs on the front page?",
            text="Both are sharp. The **market** shows more people, the **bridge** is calmer.",
            options=["the market", "the bridge"],
            run_id="newsletter",
            task_id="T.001.01.04.03",
            name="ben",
        )
        self._profile.until_task("newsletter", "T.001.01.03.03", "leased", seconds=240)
        # The bookshop is built by then.
        self._profile.until(lambda: self._profile.call("run.show", run_id="bookshop")["ended_at"], seconds=240)

    def address(self, place: Place) -> str:
        """Return the address of a page that shows the most."""
        if place.name in ("now", "inbox", "analytics"):
            return place.path
        run = "newsletter" if place.name in ("board", "graph", "agents") else "bookshop"
        task = "A.001.01.01.02.02.02" if run == "bookshop" else "T.001.01.01.01"
        return place.of(run, task, id=self._draft)

    def end(self) -> None:
        """Let the workers go."""
        self._is_over.set()
        for worker in self._workers:
            worker.join()

    def _run(self, run_id: str, target: str, text: str, project: str, into: str) -> None:
        settings = {"workspace": "git", "repository": str(self._profile.directory / into), "create": True}
        asked = {"text": text, "target": target, "run_id": run_id, "project": project, "settings": settings}
        self._profile.request("POST", "/api/runs", asked)

    def _work(self, name: str) -> None:
        """Take tasks as an agent does; the last ones are never finished."""
        try:
            while not self._is_over.is_set():
                work = self._profile.call("work.take", agent=name, wait_seconds=1)["work"]
                if work:
                    self._do(name, work)
        except (Problem, OSError):
            if not self._is_over.is_set():
                raise

    def _do(self, name: str, work: dict[str, Any]) -> None:
        names = {key: work[key] for key in ("run_id", "task_id", "token")}
        usage = {"input_tokens": 18_400, "output_tokens": 2_150, "money": 0.087, "model": MODEL}
        for word in WORDS:
            self._profile.call("work.progress", **names, note=f"{name}: {word}")
            time.sleep(0.3)
        while work["task_id"] == "T.001.01.03.03" and not self._is_over.wait(0.5):
            self._profile.call("work.progress", **names, note=f"{name}: comparing the pages with the notes")
        # At one task's first attempt nothing is left behind, which the checks find out.
        is_forgetful = work["task_id"] == "T.001.01.01.02" and work["token"] == 1
        if work["workspace"] and not is_forgetful:
            spec = self._profile.call("task.show", **{key: names[key] for key in ("run_id", "task_id")})["spec"]
            Path(work["workspace"], spec["work"]["file"]).write_text(
                f"# {work['title']}\n\nAs it was agreed.\n", "utf-8"
            )
        self._profile.call("work.report", **names, summary="It is done.", usage=usage)
