"""Run every example for real, each in a directory of its own; exit with 1 if one does not do what it says."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent.resolve()
MOSAIC = [sys.executable, "-m", "mosaic_cli"]


def run(argv: list[str], directory: Path, expected: str, code: int = 0) -> None:
    started = time.monotonic()
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != code or expected not in done.stdout:
        sys.exit(
            f"{argv}: exit {done.returncode}, wanted {code} and {expected!r}\n{done.stdout}\n{done.stderr}"
        )
    print(f"ok  {time.monotonic() - started:5.1f} s  {' '.join(argv[1:])}")


def goal(directory: Path) -> None:
    words = "Build a REST API for a zoo with animals and keepers"
    run([*MOSAIC, "run", "--goal", words, "--into", "zoo"], directory, "accepted")
    run([sys.executable, "-m", "pytest", "-q"], directory / "zoo", "passed")


def bookshop(directory: Path) -> None:
    run([*MOSAIC, "run", str(HERE / "bookshop/PRD.md"), "--into", "bookshop"], directory, "accepted")
    run([sys.executable, "-m", "pytest", "-q"], directory / "bookshop", "passed")


def workflow(directory: Path) -> None:
    repository = directory / "repository"
    shutil.copytree(HERE / "smallest_plugin", repository)
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        identity = ["-c", "user.name=example", "-c", "user.email=example@localhost"]
        subprocess.run(["git", *identity, *argv], cwd=repository, check=True)
    run([*MOSAIC, "run", str(HERE / "workflows/checks.yaml"), "--into", "."], repository, "accepted")


def embedding(directory: Path) -> None:
    run([sys.executable, str(HERE / "embedding/five_lines.py"), "."], directory, "accepted")
    run([sys.executable, str(HERE / "embedding/from_threads.py"), "."], directory, "hello from a thread")
    run([sys.executable, str(HERE / "embedding/from_asyncio.py"), "."], directory, "engine")


def smallest_plugin(directory: Path) -> None:
    """Install it into an environment of its own that sees this one's packages."""
    site = directory / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    run([*pip, str(HERE / "smallest_plugin")], directory, "")
    code = f"import sys; sys.path.append({str(site)!r}); from mosaic_cli.main import main; main()"
    run([sys.executable, "-c", code, "greet", "Ada"], directory, "Hello, Ada!")


def main() -> None:
    wanted = sys.argv[1:]
    for example in (goal, bookshop, workflow, embedding, smallest_plugin):
        if not wanted or example.__name__ in wanted:
            with tempfile.TemporaryDirectory(prefix="mosaic-example-") as directory:
                example(Path(directory).resolve())


if __name__ == "__main__":
    main()
