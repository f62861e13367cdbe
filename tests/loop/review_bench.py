"""A candidate as the engine checks it out, and a reviewer over a scripted model, without an engine."""

from types import SimpleNamespace

from loop_models import Context, Model
from loop_runs import git

from mosaic_hookspecs import Check, MosaicError, TaskSpec
from mosaic_loop.configuration import ReviewerSettings
from mosaic_loop.review_check import ReviewCheck
from mosaic_testing.agents import PlainWorkspace

TRAILERS = "Mosaic-Run: r\nMosaic-Task: T.1\nMosaic-Attempt: 7\n"
SPEC = TaskSpec(
    task_id="T.1",
    title="Greet",
    work={"description": "Write hello.txt.", "requirements": [{"text": "I am greeted."}]},
    checks=(
        Check(name="hello", parameters={"run": "grep hello hello.txt"}),
        Check(name="review", uses="review"),
    ),
)


def candidate(base, files, summary="wrote it"):
    """Make a clean checkout of a candidate with these files, as git worktrees of an attempt have it."""
    repository = base / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "begin")
    for path, content in files.items():
        (repository / path).write_text(content)
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "--allow-empty", "-m", f"T.1: Greet\n\n{summary}\n\n{TRAILERS}")
    checkout = base / "area" / "checkout-1" / "work"
    git(repository, "worktree", "add", "-q", "--detach", str(checkout))
    return checkout


async def review(checkout, *script, parameters=None, author="fast", token=7, reviewers=None, **settings):
    """Have a candidate reviewed; return the outcome (or the refusal), and the model that was asked."""
    model = Model(*script)
    attempts = [SimpleNamespace(token=6, agent="other"), SimpleNamespace(token=7, agent=author)]
    detail = SimpleNamespace(spec=SPEC, attempts=attempts, task=SimpleNamespace(token=token))
    context = Context(model, {"task.show": detail})
    known = {
        name: ReviewerSettings(**{"model": "it", "patience_seconds": 0.0, **settings})
        for name in (reviewers or ["careful"])
    }
    check = Check(name="review", uses="review", parameters=parameters or {})
    try:
        outcome = await ReviewCheck(known, context).run(check, PlainWorkspace(checkout), lambda _: None)
    except MosaicError as error:
        outcome = error
    for name, data, _ in context.dispatched:
        assert (name, data) == ("task.show", {"run_id": "r", "task_id": "T.1"})
    return outcome, model
