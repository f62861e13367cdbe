"""Commands that read ask the system that runs; one that was told while nothing runs counts for the next start;
and what is served tells of its changes.
"""

import json
import subprocess
import time

from control_system import MOSAIC


def test_control_is_disabled_by_force_only(system):
    for more in ((), ("--no-keep",)):
        code, _, errors = system.mosaic("plugins", "disable", "control", *more)
        assert (code, "locks-out" in errors, "mosaic plugins enable control" in errors) == (1, True, True)
    assert not (system.state_directory / "live.yaml").exists()
    assert system.mosaic("plugins", "disable", "control", "--force")[0] == 0
    assert "control: false" in (system.state_directory / "live.yaml").read_text()
    assert system.mosaic("plugins", "enable", "control")[0] == 0
    assert not (system.state_directory / "live.yaml").exists()


def test_while_nothing_runs_the_next_start_is_told(system):
    code, output, _ = system.mosaic("plugins", "disable", "scaffold")
    assert (code, "disabled for the next start" in output) == (0, True)
    assert system.json("plugins", "info", "scaffold")[1]["state"] == "disabled"
    code, found = system.json("plugins", "enable", "scaffold")
    assert (code, found["systems"], found["next_start"]["runs"]) == (0, [], True)
    code, _, errors = system.mosaic("plugins", "disable", "scaffold", "--no-keep")
    assert (code, "no Mosaic runs" in errors) == (2, True)
    assert system.mosaic("plugins", "disable", "scafold")[0] == 2


def test_what_a_live_value_hides_is_noted(system):
    system.mosaic("plugins", "disable", "scaffold")
    (system.project / "mosaic.yaml").write_text("plugins: {scaffold: {}}\n")
    code, _, errors = system.mosaic("config", "show")
    assert (code, "notice: mosaic.yaml:1:" in errors, "plugins.scaffold is {}" in errors) == (0, True, True)
    assert "plugins.scaffold is {} in mosaic.yaml, but false counts" in system.mosaic("doctor")[1]


def test_reading_commands_ask_the_system_that_runs(system):
    process = system.run()
    code, found = system.json("plugins", "swap", "storage", "memory")
    assert code == 0
    warnings = [change["warning"] for change in found["systems"][0]["changes"]]
    assert any("forgets everything" in warning for warning in warnings)
    live = system.state_directory / "live.yaml"
    assert not live.exists()
    who = f"Process {process.pid} answers, whose configuration is another than here"
    (system.project / "w.yaml").write_text("jobs: {one: {steps: [{run: echo hello}]}}\n")
    text = (system.project / "w.yaml").read_text()
    code, output, _ = system.mosaic(
        "call", "run.create", json.dumps({"target": "w.yaml", "text": text}), "--timeout", "20"
    )
    assert code == 0, output
    run_id = json.loads(output)["run_id"]

    code, output, errors = system.mosaic("runs")
    assert (code, run_id in output, who in errors) == (0, True, True)
    system.until(lambda: system.json("status")[1]["run"]["state"] == "finished")
    code, output, errors = system.mosaic("status", "--all")
    assert (code, "accepted" in output, who in errors) == (0, True, True)
    code, found = system.json("status", "--all")
    (task,) = [task["task_id"] for task in found["tasks"] if task["state"] == "accepted"][:1]
    assert f"{task} is accepted" in system.mosaic("why", task)[1]
    assert "hello" in system.mosaic("logs", task)[1]
    assert "provider: memory" in system.mosaic("storage", "info")[1]
    assert "There are no runs here yet" in system.mosaic("runs", "--here")[1]
    assert "provider: sqlite" in system.mosaic("storage", "info", "--here")[1]


def test_which_process_answered_is_said_when_asked(system):
    process = system.run()
    code, output, errors = system.mosaic("storage", "info")
    assert (code, "provider: sqlite" in output, errors) == (0, True, "")
    code, _, errors = system.mosaic("storage", "info", "-v")
    assert f"Process {process.pid} answers; --here asks a kernel" in errors


def test_any_operation_is_called(system):
    system.install("hello there")
    assert json.loads(system.program("call", "greeter.greet")[1]) == {"text": "hello there"}
    code, _, errors = system.mosaic("call", "greeter.gret")
    assert (code, "unknown-operation" in errors) == (2, True)
    for words in (("{",), ("name",), ("a=1", "a.b=2")):
        assert system.mosaic("call", "plugins.info", *words)[0] == 2, words
    code, _, errors = system.mosaic("call", "operations.follow")
    assert (code, "operations.follow" in errors) == (2, True)

    process = system.run()
    code, output, errors = system.mosaic("call", "plugins.info", "name=greeter")
    assert (code, f"Process {process.pid} answers" in errors) == (0, True)
    assert json.loads(output)["generation"] == 1
    assert (
        json.loads(system.program("call", "plugins.info", '{"name": "greeter"}', "--here")[1])["name"]
        == "greeter"
    )
    follower = subprocess.Popen(
        [MOSAIC, "call", "operations.follow", "--follow"],
        cwd=system.project,
        env=system.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert "greeter.greet" in json.loads(follower.stdout.readline())["names"]
        system.mosaic("plugins", "disable", "greeter")
        assert json.loads(follower.stdout.readline())["changed"] == "greeter"
    finally:
        follower.kill()
        follower.communicate()


def test_names_of_operations_are_completed(system):
    system.install()
    system.run()
    environment = {"_MOSAIC_COMPLETE": "bash_complete", "COMP_WORDS": "mosaic call greeter.", "COMP_CWORD": "2"}
    system.environment |= environment
    assert system.program()[1].split() == ["plain,greeter.greet"]


def test_what_is_served_tells_of_its_changes(system):
    system.install("one")
    system.run()

    def told(line):
        system.until(lambda: line in system.log().splitlines())

    system.mosaic("plugins", "reload", "greeter")
    told("greeter: generation 2 runs")
    system.mosaic("plugins", "disable", "greeter")
    told("greeter: disabled: plugins.greeter is false")
    system.mosaic("plugins", "swap", "storage", "memory")
    told("storage: memory in place of sqlite")
    (system.project / "mosaic.yaml").write_text("plugins: {greeter: {}, greeterr: {}}\n")
    told("configuration: refused: there is no plugin 'greeterr'; what was in force stays")
    (system.project / "mosaic.yaml").write_text("# nothing\n")
    told("configuration: taken over")


def test_a_deleted_live_layer_counts_no_more(system):
    system.install("one")
    system.run()
    system.mosaic("plugins", "disable", "greeter")
    system.until(lambda: "configuration: taken over" in system.log())
    (system.state_directory / "live.yaml").unlink()
    system.until(lambda: system.json("plugins", "info", "greeter")[1]["state"] == "running")


def test_a_command_that_is_kept_out_says_why(system):
    system.install()
    manifest = system.site / "greeter" / "mosaic-plugin.yaml"
    manifest.write_text(
        "greeter: {summary: Greets., commands: {greet: {target: greeter.plugin:TEXT, summary: Greet.}}}\n"
    )
    time.sleep(0.01)
    (system.project / "mosaic.yaml").write_text("deny: [greeter]\n")
    code, _, errors = system.program("greet")
    about = "'greet' is a command of the plugin 'greeter', which is "
    assert (code, about + "denied: it is on the deny list. Take it off `deny`." in errors) == (2, True), errors
    (system.project / "mosaic.yaml").write_text("plugins: {greeter: false}\n")
    assert about + "disabled: plugins.greeter is false." in system.program("greet")[2]
    (system.project / "mosaic.yaml").write_text("require_lock: true\n")
    assert "mosaic plugins lock" in system.program("greet")[2]
    assert "Did you mean 'retry'" not in system.program("greet")[2]
    assert "Did you mean 'retry'" in system.program("retri")[2]


def test_shared_options_before_the_command_are_explained(system):
    code, _, errors = system.mosaic("-C", ".", "plugins", "list")
    assert (code, "-C goes behind the command" in errors) == (2, True)
