"""A program without trio: the bridge runs the kernel in a thread of its own."""

import sys
from pathlib import Path

from mosaic_kernel import BlockingKernel

WORKFLOW = """
name: greet
on: workflow_dispatch
jobs:
  hello:
    steps:
      - run: echo "hello from a thread"
"""


def main(directory: Path) -> None:
    with BlockingKernel(profile="local", directory=directory) as kernel:
        run = kernel.dispatch("run.create", {"target": "greet.yaml", "text": WORKFLOW})
        run = kernel.dispatch("run.drive", {"run_id": run.run_id})
        logs = kernel.dispatch("task.logs", {"run_id": run.run_id, "task_id": "hello"})
        print(run.result, logs.text.strip())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
