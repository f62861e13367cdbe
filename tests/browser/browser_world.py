"""Real runs for the pages to show: work that was accepted, failed, goes on, and waits for people."""

WORKFLOW = """
name: Bookshop
run-name: The bookshop's nightly checks
on:
  workflow_dispatch:
    inputs:
      hold: {description: The work goes on while this file is there, default: ""}
jobs:
  survey:
    name: Survey the shelves
    outputs: {books: "${{ steps.count.outputs.books }}"}
    steps:
      - id: count
        run: |
          printf '\\033[1mCounting\\033[0m the \\033[32mbooks\\033[0m\\n'
          echo "books=41" >> "$MOSAIC_OUTPUT"
  check:
    name: Check (${{ matrix.shelf }})
    needs: survey
    strategy: {matrix: {shelf: [fiction, science, travel]}}
    steps: [{run: "echo ${{ matrix.shelf }} is in order"}]
  prices:
    name: Compare the prices
    needs: survey
    steps: [{run: "echo 'two books have no price' >&2; exit 1"}]
  press:
    name: Watch the press
    steps:
      - run: |
          n=0
          while [ -n "${{ inputs.hold }}" ] && [ -e "${{ inputs.hold }}" ] && [ $n -lt 3600 ]; do
            n=$((n + 1)); echo "page $n comes off the press"; sleep 1
          done
          echo "the press stands still"
  release:
    name: Release the catalogue
    needs: check
    approval: Release the catalogue of 41 books?
    steps: [{run: "echo released"}]
  announce:
    name: Announce it
    needs: release
    steps: [{run: "echo announced"}]
"""
DOCUMENT = """
# Product Requirements Document: Ledger

A parish keeps its accounts on paper, and wants them where the treasurer and the auditor both see them.

## User stories

- As the treasurer, I want to enter a payment so that nothing is forgotten
- As the treasurer, I want to see the balance of an account so that I know what can be spent
- As the auditor, I want to list the payments of a year so that I can compare them with the receipts

## Constraints

- A payment that was entered is never changed; a correction is a payment of its own
"""
FIRST = "A.001.01.01.01.01.01"
"""The task with which a run of the document begins."""


class World:
    """What was planted in a profile. `settled` is a run that waits for people, `busy` one at work, `planned`
    one that nobody here can do, and `draft` a plan of the same document that is not begun.
    """

    def __init__(self, profile):
        self.profile = profile
        self.hold = profile.directory / "hold"

    def plant(self):
        """Make the runs, and let them come to where nothing changes but the output of the one at work."""
        self.hold.touch()
        self.settled = self.begin("settled")
        self.busy = self.begin("busy", hold=str(self.hold))
        for run in (self.settled, self.busy):
            self.profile.until_task(run, "prices", "failed")
            self.profile.until_task(run, "release", "gated")
        self.profile.until_task(self.settled, "press", "accepted")
        self.question = self.profile.call(
            "inbox.ask",
            title="Which paper shall the catalogue have?",
            text="Both are in stock. **Matt** is cheaper.",
            options=["matt", "glossy"],
            run_id=self.settled,
            task_id="release",
        )["id"]
        self.planned = self.begin("planned", DOCUMENT, suffix="md")
        self.profile.until_task(self.planned, FIRST, "ready")
        self.draft = self.profile.call("draft.create", text=DOCUMENT, path="ledger.md")["id"]
        return self

    def begin(self, run_id, text=WORKFLOW, suffix="yaml", **inputs):
        """Begin a run of a workflow, or of a document; return its id."""
        asked = {"text": text, "target": f"{run_id}.{suffix}", "run_id": run_id, "inputs": inputs}
        return self.profile.request("POST", "/api/runs", asked)["run_id"]

    def gate(self, run_id):
        """Return the gate of a run that waits for a person; None if none does."""
        found = self.profile.call("inbox.list", run_id=run_id, kinds=["gate"])["items"]
        return found[0] if found else None

    def release(self):
        """Let the run at work come to its end."""
        self.hold.unlink(missing_ok=True)
