"""Commands of a second process change a real system that runs; see also tests/watch."""

import json
import signal

import pytest


def test_nothing_runs(system):
    for command in (["plugins", "reload", "engine"], ["plugins", "rescan"], ["config", "reload"]):
        code, output, errors = system.program(*command)
        assert (code, output) == (2, "")
        assert "no Mosaic runs for this project" in errors
        assert "`mosaic run` or `mosaic dev` starts one" in errors
        assert "disable NAME" in errors


def test_a_killed_system_is_no_running_one(system):
    process = system.run()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any((system.project / ".mosaic" / "control").iterdir())
    assert system.mosaic("plugins", "rescan")[0] == 2
    code, _, errors = system.mosaic("plugins", "list")
    assert (code, "answers" in errors) == (0, False)


def test_reload_swap_enable_disable_rescan(system):
    system.install("one")
    process = system.run()
    who = f"Process {process.pid} answers; --here asks a kernel of its own."

    code, output, errors = system.mosaic("plugins", "info", "greeter")
    assert (code, who in errors) == (0, True)
    assert "generation: 1\n" in output
    for option in ("--here", "--safe-mode", "--profile=local", "--set=kernel.log_level=error"):
        assert "answers" not in system.mosaic("plugins", "info", "control", option)[2], option
    assert who in system.mosaic("doctor")[2]

    system.write_code("two")
    code, output, _ = system.mosaic("plugins", "reload", "greeter")
    assert code == 0
    assert output.startswith("greeter: running, generation 2, in ")
    code, found = system.json("plugins", "reload", "greeter", "--no-code")
    assert code == 0
    (answer,) = found["systems"]
    assert (answer["pid"], answer["changes"][0]["generation"]) == (process.pid, 3)

    (system.site / "greeter" / "plugin.py").write_text("class GreeterPlugin\n")
    code, output, errors = system.mosaic("plugins", "reload", "greeter")
    assert (code, output) == (1, "")
    for part in ("step 'import' failed", "SyntaxError", "plugin.py:1", "Generation 3 serves on"):
        assert part in errors
    code, found = system.json("plugins", "reload", "greeter")
    assert code == 1
    assert found["systems"][0]["error"]["code"] == "reload-failed"
    system.write_code("three")
    assert system.mosaic("plugins", "reload", "greeter")[0] == 0

    code, _, errors = system.mosaic("plugins", "reload", "greeterr")
    assert code == 2
    assert "unknown-plugin" in errors

    assert system.mosaic("plugins", "disable", "greeter")[0] == 0
    assert system.json("plugins", "info", "greeter")[1]["state"] == "disabled"
    assert system.mosaic("plugins", "enable", "greeter", "--no-keep")[0] == 0
    assert system.json("plugins", "info", "greeter")[1]["state"] == "running"

    code, found = system.json("plugins", "swap", "storage", "memory", "--no-keep")
    assert code == 0
    assert {change["name"]: change["state"] for change in found["systems"][0]["changes"]}["memory"] == "running"
    code, _, errors = system.mosaic("plugins", "swap", "storage", "sqlite", "--set", "nonsense")
    assert (code, "not a setting" in errors) == (2, True)
    back = ["plugins", "swap", "storage", "sqlite", "--set", "plugins.sqlite.path=other.db"]
    assert system.mosaic(*back)[0] == 0

    assert system.mosaic("plugins", "rescan")[1] == "Nothing has changed.\n"
    (system.project / "mosaic.yaml").write_text("plugins: {greeter: false, greeterr: {}}\n")
    code, _, errors = system.mosaic("config", "reload")
    assert (code, "there is no plugin 'greeterr'" in errors) == (2, True)


def test_the_socket_plugin_itself_is_reloaded_and_disabled(system):
    system.run()
    for number in range(2, 5):
        code, output, _ = system.mosaic("plugins", "reload", "control")
        assert code == 0
        assert f"generation {number}" in output
    code, output, _ = system.mosaic("plugins", "disable", "control", "--no-keep", "--force")
    assert (code, output.startswith("control: disabled")) == (0, True)
    # It has answered before it closes its socket.
    system.until(lambda: system.mosaic("plugins", "rescan")[0] == 2)


def test_two_systems_of_one_project(system):
    first, second = system.run(), system.run()
    code, _, errors = system.mosaic("plugins", "swap", "storage", "memory")
    assert code == 1
    assert "several Mosaics run for this project" in errors
    assert all(str(process.pid) in errors for process in (first, second))
    code, found = system.json("plugins", "reload", "workflow")
    assert code == 0
    assert {one["pid"] for one in found["systems"]} == {first.pid, second.pid}
    code, output, _ = system.mosaic("plugins", "reload", "workflow")
    assert f"Process {first.pid}\nworkflow: running" in output
    _, output, errors = system.mosaic("plugins", "list", "--json")
    assert "(of 2 that run)" in errors
    assert json.loads(output)["plugins"]


def test_a_system_that_hangs_is_named(system):
    process = system.run()
    process.send_signal(signal.SIGSTOP)
    try:
        code, _, errors = system.mosaic("plugins", "rescan", "--timeout", "0.5")
        assert code == 1
        assert f"process {process.pid} does not answer" in errors
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("setting", ["state_directory: state", "# state_directory: x\nstate_directory: state"])
def test_the_state_directory_is_found_where_the_configuration_says(system, setting):
    (system.project / "mosaic.yaml").write_text(setting + "\n")
    below = system.project / "src"
    below.mkdir()
    system.state_directory = system.project / "state"
    process = system.run()
    code, found = system.json("plugins", "rescan", "-C", str(below))
    assert code == 0
    assert found["systems"][0]["pid"] == process.pid
