"""Every command prints JSON with the same keys at its top, and every exit code means what it says."""

import json

import click
import pytest
from acceptance_place import plan_of, wait_until

from mosaic_cli.main import COMMANDS, mosaic

VIEW = {
    "run_id",
    "project",
    "title",
    "target",
    "state",
    "result",
    "total",
    "counts",
    "created_at",
    "ended_at",
    "now",
    "spent",
    "budget",
    "inputs",
    "settings",
    "sequence",
}
TASK = {
    "run_id",
    "task_id",
    "position",
    "title",
    "path",
    "state",
    "token",
    "attempts",
    "holder",
    "lease_until",
    "not_before",
    "priority",
    "unmet",
    "needs",
    "runtime",
    "labels",
    "minutes",
    "approval",
    "is_approved",
    "reason",
    "cause",
    "commit",
    "agent",
    "since",
}
REPORT = {"is_sound", "events", "head", "broken", "problems"}
PLAN = {"mosaic_plan", "title", "nodes"}
SHOWN = {
    "item",
    "goal",
    "work",
    "checks",
    "needs",
    "last_reason",
    "answer",
    "comment",
    "answered_by",
    "note",
}
FINDINGS = {"path", "errors", "warnings", "fixable", "findings"}

WORKFLOW = "jobs: {a: {steps: [{run: 'true'}]}, b: {approval: 'Go?', steps: [{run: 'true'}]}}\n"
WORK = {"runtime": "command", "work": {"run": "true"}}

# What is run, the exit code, and the keys at the top ("[…]": of each entry of a list).
TABLE = {
    "run": ("run w.yaml --json", 3, VIEW),
    "run-resume": ("run --resume --json", 3, VIEW),
    "runs": ("runs --json", 0, {"items"}),
    "agents": ("agents --json", 0, {"items", "presets"}),
    "status": ("status --json", 0, {"run", "tasks"}),
    "why": ("why b --json", 0, {"run_id", "task_id", "state", "blockers", "titles"}),
    "logs": ("logs a --json", 0, {"run_id", "task_id", "token", "text"}),
    "approve": ("approve b --json", 0, TASK),
    "cancel-task": ("cancel b --json", 0, TASK),
    "cancel-run": ("cancel --run RUN --json", 0, VIEW),
    "retry": ("retry --json", 0, []),
    "pause": ("pause RUN --json", 0, VIEW),
    "resume": ("resume RUN --json", 0, VIEW),
    "plan-new": ("plan new PRD.md --json", 0, {*PLAN, "source", "source_digest", "requirements"}),
    "plan-check": ("plan check p.json --json", 0, FINDINGS),
    "plan-show": ("plan show p.json --json", 0, {"plan"}),
    "plan-import": ("plan import p.json --json", 0, PLAN),
    "plan-export": ("plan export p.json --to json --json", 0, PLAN),
    "plan-formats": ("plan formats --json", 0, {"formats"}),
    "workflow-check": ("workflow check w.yaml --json", 0, []),
    "workflow-schema": ("workflow schema --json", 0, {"$schema", "title", "type", "properties"}),
    "storage-backup": ("storage backup new.db --json", 0, REPORT),
    "storage-restore": ("storage restore copy.db --yes --json", 0, REPORT),
    "storage-check": ("storage check --json", 0, REPORT),
    "storage-rebuild": ("storage rebuild --json", 0, REPORT),
    "storage-info": ("storage info --json", 0, {"provider", "contract", "events", "tasks", "next_deadline"}),
    "log-verify": ("log verify --json", 0, REPORT),
    "plugins-list": ("plugins list --json", 0, {"plugins"}),
    "plugins-info": ("plugins info engine --json", 0, {"name", "state", "summary", "provides"}),
    "plugins-lock": ("plugins lock --json", 0, {"path", "locked", "changes", "is_written"}),
    "plugins-check": ("plugins check engine --no-types --json", 0, {"plugins", "findings", "types"}),
    "plugins-new": ("plugins new notes --json", 0, {"directory", "files"}),
    "config-show": ("config show --json", 0, {"entries"}),
    "config-check": ("config check --json", 0, None),
    "config-schema": ("config schema --json", 0, {"$schema", "type", "properties"}),
    "doctor": ("doctor --json", 0, {"checks", "is_well"}),
    "costs": ("costs --json", 0, {"by", "lines", "total", "budgets"}),
    "init": ("init --json", 0, {"path"}),
    "inbox": ("inbox --json", 0, {"items", "note", "total"}),
    "inbox-list": ("inbox list --json", 0, {"items", "note", "total"}),
    "inbox-show": ("inbox show b --json", 0, SHOWN),
    "inbox-answer": ("inbox answer b yes --json", 0, {"id", "answer", "by"}),
    "mcp-servers-list": ("mcp-servers list --json", 0, {"servers"}),
    "messages-send": ("messages send all Hello --json", 0, {"id", "thread", "boxes", "dead"}),
    "top": ("top --json", 0, {"summary", "runs", "working", "needs_you", "waiting", "forecasts", "now"}),
    "messages-read": ("messages read --json", 0, {"name", "items", "note"}),
}
WITHOUT_JSON = {"call", "completion"}  # what `call` prints is JSON anyway
# What only a running system answers, or one in which something is configured; their own tests ask one.
OF_A_SYSTEM = {
    "config reload",
    "inbox done",
    "inbox take",
    "mcp-servers approve",
    "mcp-servers forget",
    "mcp-servers review",
    "open",
    "plugins disable",
    "plugins enable",
    "plugins reload",
    "plugins rescan",
    "plugins swap",
}
SERVES = {"dev", "mcp"}


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A place with a run that waits for a word, a plan and a backup; each test works in a copy."""
    from acceptance_place import Place

    place = Place(tmp_path_factory.mktemp("json"))
    place.write("w.yaml", WORKFLOW)
    place.write("p.json", plan_of({"id": "One", **WORK}, {"id": "Two", **WORK}))
    check = {"checks": [{"name": "x", "parameters": {"run": "true"}}]}
    place.write("checked.json", plan_of({"id": "One", **WORK, **check}, {"id": "Two", **WORK, **check}))
    place.write("PRD.md", "# Shop\n\n- As a user, I want to add a book\n- As a user, I want to list books\n")
    place.call("run", "w.yaml").demand(3)
    place.call("storage", "backup", "copy.db").demand()
    return place


@pytest.fixture
def copied(place, ready):
    for path in ready.directory.iterdir():
        if path.is_file():
            place.write(path.name, path.read_bytes())
    place.write(".mosaic/mosaic.db", (ready.directory / "copy.db").read_bytes())
    return place


def test_the_table_holds_every_command():
    context = click.Context(mosaic)
    known = set()
    for name in COMMANDS:
        command = mosaic.get_command(context, name)
        if isinstance(command, click.Group):
            known |= {f"{name} {each}" for each in command.list_commands(context)}
        else:
            known.add(name)
    told = {" ".join(word for word in row[0].split(" --")[0].split()) for row in TABLE.values()}
    missing = {
        each
        for each in known - WITHOUT_JSON - OF_A_SYSTEM - SERVES
        if not any(f"{one} ".startswith(f"{each} ") for one in told)
    }
    assert missing == set()


@pytest.mark.parametrize("name", TABLE)
def test_json_is_json_with_the_keys_that_are_promised(copied, name):
    line, code, keys = TABLE[name]
    run_id = copied.rows("SELECT run_id FROM runs")[0][0]
    if name == "resume":
        copied.call("pause", run_id).demand()
    answer = copied.call(*line.replace("RUN", run_id).split()).demand(code)
    data = json.loads(answer.out)
    if keys == []:
        assert isinstance(data, list)
    elif keys is None:
        assert isinstance(data, dict)
    elif name in ("plan-new", "plugins-info", "config-schema", "workflow-schema"):
        assert keys <= set(data), sorted(data)
    else:
        assert set(data) == keys
    if name == "status":
        assert set(data["run"]) == VIEW
        assert all(set(task) == TASK for task in data["tasks"])
    if name == "runs":
        assert all(set(run) == VIEW for run in data["items"])
    assert "\x1b" not in answer.out


def test_findings_are_json_too(place):
    place.write("bad.yaml", "jobs: {a: {stepz: []}}\n")
    found = place.call("workflow", "check", "bad.yaml", "--json").demand(2).data
    assert {"code", "message", "severity", "subject", "location", "hint", "is_fixable"} == set(found[0])
    assert found[0]["location"]["line"] == 1
    place.write("bad.json", plan_of({"id": "One"}, {"id": "Two", "minutes": 90}))
    found = place.call("plan", "check", "bad.json", "--json").demand(2).data
    assert found["errors"] >= 1
    sarif = json.loads(place.call("plan", "check", "bad.json", "--output-format", "sarif").demand(2).out)
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["results"]


def test_nothing_beside_the_json_is_on_stdout_whatever_the_verbosity(copied):
    answer = copied.call("runs", "--json", "-vv").demand()
    assert set(answer.data) == {"items"}
    assert answer.err


CODES = {
    "accepted": ("jobs: {a: {steps: [{run: 'true'}]}}\n", 0),
    "failed": ("jobs: {a: {steps: [{run: 'false'}]}}\n", 1),
    "skipped": ("jobs: {a: {if: 'false', steps: [{run: 'true'}]}}\n", 0),
    "tolerated": ("jobs: {a: {continue-on-error: true, steps: [{run: 'false'}]}}\n", 0),
    "failed-and-waiting": (
        "jobs: {a: {steps: [{run: 'false'}]}, b: {approval: 'Go?', steps: [{run: 'true'}]}}\n",
        1,
    ),
    "waiting": ("jobs: {b: {approval: 'Go?', steps: [{run: 'true'}]}}\n", 3),
    "malformed": ("jobs: {}\n", 2),
}


@pytest.mark.parametrize("name", CODES)
def test_exit_codes_of_runs(place, name):
    text, code = CODES[name]
    answer = place.call("run", place.write("w.yaml", text)).demand(code)
    if code != 2:
        again = place.call("run", "w.yaml", "--json").demand(code).data
        assert (
            again["result"] == {0: "accepted", 1: "failed", 3: "waiting"}[code] or name == "failed-and-waiting"
        )
        assert answer.out.splitlines()


@pytest.mark.parametrize(
    "argv",
    [
        ("nonsense",),
        ("runn", "x"),
        ("run", "--goal", "x", "y.md"),
        ("run", "--resume", "--goal", "x"),
        ("run", "w.yaml", "--parallel", "0"),
        ("run", "w.yaml", "--parallel", "many"),
        ("run", "w.yaml", "--budget-money", "-1"),
        ("run", "w.yaml", "--budget-money", "nan"),
        ("run", "w.yaml", "--input", "x"),
        ("run", "w.yaml", "--input", "no=such"),
        ("run", "w.yaml", "--workspace", "moon"),
        ("run", "--nonsense"),
        ("run", "nothing.md"),
        ("run", "."),
        ("run", "checked.json", "--branch", "../x"),
        ("run", "checked.json", "--branch", "a..b"),
        ("runs", "--limit", "0"),
        ("runs", "-C", "nowhere"),
        ("plan",),
        ("plan", "new"),
        ("plan", "new", "a", "--goal", "b"),
        ("plan", "check", "p.json", "--format", "moon"),
        ("plan", "export", "p.json"),
        ("plan", "new", "PRD.md", "--planner", "moon"),
        ("plan", "new", "PRD.md", "-o", "no/such/directory.json"),
        ("plan", "new", "--goal", "   "),
        ("run", "--goal", ""),
        ("cancel",),
        ("completion", "csh"),
        ("plugins", "info", "moon"),
        ("storage", "restore", "nothing.db", "--yes"),
        ("why",),
        ("logs", "a", "--attempt", "0"),
        ("status", "a/../b"),
        ("--profile", "local"),
        ("runs", "--profile", "moon"),
    ],
    ids=lambda argv: " ".join(argv).replace("\n", "_") or "nothing",
)
def test_bad_usage_is_told_with_2(copied, argv):
    if argv == ("run", "--goal", ""):
        pytest.skip("without a target the profile is served")
    before = (copied.files(), copied.events())
    answer = copied.call(*argv).demand(2)
    assert answer.err.strip()
    assert (copied.files(), copied.events()) == before


def test_serving_without_a_target_ends_with_130(place):
    import os
    import signal

    process = place.start("run")
    wait_until(lambda: place.database.exists() and "Serving" in process.stderr.readline())
    os.kill(process.pid, signal.SIGINT)
    assert place.end(process).code == 130
