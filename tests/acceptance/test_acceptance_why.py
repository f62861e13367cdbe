"""`mosaic why` names what a task waits for, and orders from a second process reach a running one at once."""

import json
import os
import signal

import pytest
from acceptance_place import plan_of, wait_until

# Nothing but a word from the other process wakes the one that drives: no lease is renewed meanwhile.
CONFIGURATION = """\
plugins:
  engine:
    parallelism: 8
    quotas: {gpu: 1}
    lease_seconds: 3600
"""
WAIT = "while [ ! -e {file} ]; do sleep 0.05; done"


def waiting(file, *, before="true"):
    return f"steps: [{{run: '{before}; {WAIT.format(file=file)}'}}]"


def workflow(directory):
    """Every way in which a task can wait, beside jobs that run until they are told not to."""
    go = directory / "go"
    return f"""\
name: Waiting
jobs:
  hold: {{{waiting(go)}}}
  last: {{{waiting(directory / "end")}}}
  doomed: {{{waiting(go, before=f"echo $$ > {directory}/doomed.pid")}}}
  after: {{needs: hold, steps: [{{run: 'true'}}]}}
  gpu1: {{runs-on: gpu, {waiting(go)}}}
  gpu2: {{runs-on: gpu, steps: [{{run: 'true'}}]}}
  group1: {{concurrency: one, {waiting(go)}}}
  group2: {{concurrency: one, steps: [{{run: 'true'}}]}}
  asked: {{approval: 'Shall it go on?', steps: [{{run: 'true'}}]}}
  denied: {{approval: 'And this?', steps: [{{run: 'true'}}]}}
  flaky: {{retry: {{attempts: 3, delay-seconds: 3000}}, steps: [{{run: 'test -e {directory}/mended'}}]}}
  broken: {{steps: [{{run: 'echo no luck; exit 3'}}]}}
  beyond: {{needs: broken, steps: [{{run: 'true'}}]}}
"""


def why(place, task, *, code, words):
    """`mosaic why` and its JSON say the same, in another process than the one that drives."""
    answer = place.call("why", task, "--json").demand().data
    assert answer["task_id"] == task
    found = [blocker for blocker in answer["blockers"] if blocker["code"] == code]
    assert found, answer
    assert words in found[0]["text"], answer
    text = place.call("why", task).demand().out
    assert text.splitlines()[0] == f"{task} is {answer['state']}:"
    assert found[0]["text"].partition(", in ")[0] in text  # what follows is the time that is left
    return answer["state"]


def state_of(place, task):
    found = place.rows("SELECT state FROM tasks WHERE task_id = ?", task)
    return found[0][0] if found else ""


def settle(place, **states):
    wait_until(lambda: all(state_of(place, task) == state for task, state in states.items()))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_reason_and_every_order_while_a_run_goes_on(place):
    place.write("mosaic.yaml", CONFIGURATION)
    target = place.write("waiting.yaml", workflow(place.directory))
    driver = place.start("run", target)
    settle(
        place, hold="leased", last="leased", doomed="leased", gpu1="leased", group1="leased",
        flaky="delayed", broken="failed", beyond="skipped",
    )  # fmt: skip
    run_id = place.call("runs", "--json").demand().data["items"][0]["run_id"]

    assert why(place, "hold", code="running", words=f":{driver.pid}:") == "leased"
    assert why(place, "after", code="unmet-dependency", words="needs hold to be accepted") == "blocked"
    assert why(place, "gpu2", code="quota", words="of which 1 of 1 are held") == "ready"
    assert why(place, "group2", code="group", words="held by group1") == "ready"
    assert why(place, "asked", code="approval", words="Shall it go on?") == "gated"
    assert why(place, "flaky", code="back-off", words="attempt 1 of 3") == "delayed"
    assert why(place, "broken", code="failed", words="no luck") == "failed"
    assert why(place, "beyond", code="failed-dependency", words="broken was not accepted") == "skipped"

    place.call("approve", "asked", "--comment", "by all means").demand()
    settle(place, asked="accepted")
    place.call("approve", "denied", "--deny", "--json").demand()
    settle(place, denied="failed")
    place.write("mended", "")
    place.call("retry", "flaky").demand()
    settle(place, flaky="accepted")
    doomed_pid = place.directory / "doomed.pid"  # leased is before begun
    doomed = wait_until(lambda: doomed_pid.exists() and doomed_pid.read_text().strip())
    assert is_alive(int(doomed))
    place.call("cancel", "doomed", "--reason", "changed my mind").demand()
    wait_until(lambda: not is_alive(int(doomed)), seconds=20)
    assert why(place, "doomed", code="cancelled", words="changed my mind") == "cancelled"

    place.call("pause", run_id).demand()
    place.write("go", "")
    settle(place, hold="accepted", gpu1="accepted", group1="accepted")
    for task in ("after", "gpu2", "group2"):
        assert why(place, task, code="paused", words="the run is paused") == "ready"
    assert {kind for _, kind, task, _ in place.events() if task == "after"} <= {"task.readied"}
    place.call("resume", run_id).demand()
    settle(place, after="accepted", gpu2="accepted", group2="accepted")

    place.write("end", "")
    answer = place.end(driver).demand(1)
    assert "9 of 13 tasks accepted, 2 failed, 1 skipped, 1 cancelled" in answer.out
    assert place.call("log", "verify", "--json").demand().data["broken"] is None


def test_cancelling_a_run_ends_its_processes_and_the_one_that_drives(place):
    place.write("mosaic.yaml", CONFIGURATION)
    never, pid = place.directory / "never", place.directory / "held.pid"
    target = place.write(
        "long.yaml",
        f"jobs:\n  long:\n    steps:\n    - run: |\n"
        f"        echo $$ > {pid}\n        {WAIT.format(file=never)}\n",
    )
    driver = place.start("run", target)
    held = int(wait_until(lambda: pid.exists() and pid.read_text().strip()))
    run_id = place.call("runs", "--json").demand().data["items"][0]["run_id"]
    place.call("cancel", "--run", run_id, "--reason", "enough").demand()
    answer = place.end(driver).demand(1)
    assert "cancelled" in answer.out
    wait_until(lambda: not is_alive(held), seconds=20)
    assert why(place, "long", code="cancelled", words="the run was cancelled") == "ready"
    assert place.call("status", "--json").demand().data["run"]["result"] == "cancelled"


def test_a_task_that_nobody_can_do_waits_and_says_how_to_connect_an_agent(place):
    leaf = {"runtime": "moonbase", "work": {"x": 1}}
    labelled = {"labels": ["welding"], "work": {"kind": "weld"}}
    target = place.write("plan.json", plan_of({"id": "Land", **leaf}, {"id": "Weld", **labelled}))
    answer = place.call("run", target).demand(3)
    assert "moonbase" in answer.out
    assert "To connect one" in answer.out
    assert "…" not in answer.out
    assert why(place, "S.001.01.01", code="no-runtime", words="the runtime 'moonbase'") == "ready"
    assert why(place, "S.001.01.02", code="no-runtime", words="welding") == "ready"


SPENDER = """
from mosaic_hookspecs import AgentOffer, AgentResult, Provision, Usage, hookimpl

class Spender:
    offer = AgentOffer(name="spender")

    async def run(self, assignment):
        assignment.journal.usage(Usage(input_tokens=600, output_tokens=100, money=0.5))
        return AgentResult(outcome="succeeded")

class SpenderPlugin:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="agents", name="spender", provider=Spender())]
"""


@pytest.fixture
def spender(place):
    """A third party's plugin, installed: an agent that says what it spent."""
    place.write("../site/mosaic_spender/__init__.py", "")
    place.write("../site/mosaic_spender/plugin.py", SPENDER)
    manifest = {
        "spender": {
            "summary": "Spends.",
            "provides": [{"port": "agents", "contract": "1.0", "name": "spender"}],
        }
    }
    place.write("../site/mosaic_spender/mosaic-plugin.yaml", manifest)
    place.write(
        "../site/mosaic_spender-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: mosaic-spender\nVersion: 1.0\n",
    )
    place.write(
        "../site/mosaic_spender-1.0.dist-info/entry_points.txt",
        "[mosaic.plugins]\nspender = mosaic_spender.plugin:SpenderPlugin\n",
    )
    paths = [str(place.directory.parent / "site"), place.environment.get("PYTHONPATH", "")]
    place.environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def test_a_spent_budget_stops_a_run_in_its_course_until_it_gets_a_new_one(place, spender):
    work = {"runtime": "spender", "work": {"kind": "spend"}}
    leaves = [{"id": f"Spend {n}", **work, "depends_on": [f"Spend {n - 1}"] if n else []} for n in range(4)]
    target = place.write("plan.json", plan_of(*leaves))
    answer = place.run("run", target, "--budget-tokens", "1000").demand(3)
    assert "budget" in answer.out
    assert "1,400 tokens" in answer.out
    waiting_task = json.loads(place.run("why", "S.001.01.03", "--json").demand().out)
    assert next(blocker["code"] for blocker in waiting_task["blockers"]) == "budget"
    assert "1400 of 1000 tokens" in waiting_task["blockers"][0]["text"]
    run_id = json.loads(place.run("runs", "--json").demand().out)["items"][0]["run_id"]
    place.run("resume", run_id, "--budget-tokens", "10000").demand()
    assert "4 of 4 tasks accepted" in place.run("run", "--resume", run_id).demand().out


def test_unknown_names_are_told_and_change_nothing(place):
    place.call("run", place.write("one.yaml", "jobs: {a: {steps: [{run: 'true'}]}}\n")).demand()
    before = place.events()
    for argv in (
        ("why", "nothing"), ("why", "a", "--run", "rnone"), ("logs", "b"), ("approve", "b"), ("cancel", "b"),
        ("retry", "b"), ("pause", "rnone"), ("resume", "rnone"), ("cancel", "--run", "rnone"),
        ("status", "rnone"), ("run", "--resume", "rnone"),
    ):  # fmt: skip
        answer = place.call(*argv).demand(2)
        assert answer.err.startswith("error: "), argv
        assert answer.out == ""
    for argv in (("approve", "a"), ("cancel", "a"), ("retry", "a")):
        assert place.call(*argv).demand(1).err.startswith("error: ")
    assert place.events() == before


def test_a_second_interrupt_is_not_needed(place):
    target = place.write("long.yaml", f"jobs:\n  long: {{{waiting(place.directory / 'never')}}}\n")
    driver = place.start("run", target)
    settle(place, long="leased")
    os.kill(driver.pid, signal.SIGINT)
    answer = place.end(driver).demand(130)
    assert "mosaic run --resume" in answer.err
    assert state_of(place, "long") == "ready"
    place.write("never", "")
    assert "1 of 1 tasks accepted" in place.call("run", "--resume").demand().out
