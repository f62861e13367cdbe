"""A real system notices what changes around it, if it was asked to; see tests/watch for the details."""

import shutil


def generation(system):
    code, found = system.json("plugins", "info", "greeter")
    return (found["state"], found["generation"], found["version"]) if code == 0 else None


def test_watching_code_packages_and_configuration(system):
    system.run("--watch")
    system.until(lambda: "watch.began code=true config=true packages=true" in system.log())
    system.install("one")
    system.until(lambda: generation(system) == ("running", 1, "1.0"))

    system.write_code("two")
    system.until(lambda: generation(system) == ("running", 2, "1.0"))
    assert "watch watch.reloaded name=greeter generation=2" in system.log()

    (system.site / "greeter" / "plugin.py").write_text("class GreeterPlugin\n")
    system.until(lambda: "watch.reload_failed" in system.log())
    (line,) = [line for line in system.log().splitlines() if "watch.reload_failed" in line]
    for part in ("name=greeter", "step 'import' failed", "SyntaxError", "greeter/plugin.py:1"):
        assert part in line
    assert generation(system) == ("running", 2, "1.0")
    system.write_code("three")
    system.until(lambda: generation(system) == ("running", 3, "1.0"))

    (system.project / "mosaic.yaml").write_text("plugins: {greeter: false}\n")
    system.until(lambda: generation(system)[0] == "disabled")
    system.until(lambda: "configuration: taken over" in system.log())
    (system.project / "mosaic.yaml").unlink()
    system.until(lambda: generation(system)[0] == "running")

    (system.site / "greeter-1.0.dist-info").rename(system.site / "~reeter-1.0.dist-info")
    system.install("four", version="1.1")
    shutil.rmtree(system.site / "~reeter-1.0.dist-info")
    system.until(lambda: generation(system)[::2] == ("running", "1.1"))

    shutil.rmtree(system.site / "greeter-1.1.dist-info")
    shutil.rmtree(system.site / "greeter")
    system.until(lambda: (generation(system) or ("gone",))[0] != "running")
    assert system.mosaic("plugins", "rescan")[0] == 0


def test_a_served_local_profile_watches_all_but_code(system):
    system.run()
    system.until(lambda: "watch.began code=false config=true packages=true" in system.log())
    system.install("one")
    system.until(lambda: generation(system) == ("running", 1, "1.0"))
    system.write_code("two")
    (system.project / "mosaic.yaml").write_text("plugins: {engine: {parallelism: 3}}\n")
    system.until(lambda: "watch.reloaded name=engine" in system.log())
    assert generation(system) == ("running", 1, "1.0")


def test_other_profiles_and_those_who_say_so_watch_nothing(system):
    (system.project / "mosaic.yaml").write_text("plugins: {watch: {config: false, packages: false}}\n")
    system.run()
    system.run("--profile", "", "--set", "ports.storage=memory")
    system.run("--set", "plugins.watch=false")
    system.until(lambda: all("Serving the profile" in system.log(number) for number in range(3)))
    assert system.mosaic("plugins", "rescan")[0] == 0
    assert all("watch.began" not in system.log(number) for number in range(3))


def test_watching_that_is_not_possible_is_refused(system):
    code, _, errors = system.mosaic("run", "--watch", "--set", "deny=[watch]")
    assert code == 2
    assert "nothing can be watched" in errors
    assert "deny list" in errors
