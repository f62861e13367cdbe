"""Every generated project passes what it is made to pass: its tests, the kits, ruff, mypy, our check."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from author_checking import checked
from author_projects import PORTS, TEMPLATES, generate

from mosaic_author.rendering import PLAIN

ROOT = Path(__file__).parents[2]
IS_FULL = int(os.environ.get("MOSAIC_CHAOS", "1")) > 1
SLOW = {
    "storage": ["-k", "not TestWalk and not TestTransfer"]
}  # the store's own tests walk; see the full count


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Generate each project once."""
    base = tmp_path_factory.mktemp("projects")
    return {
        template: generate(base, f"made-{template}", *([] if template == PLAIN else [template]))
        for template in TEMPLATES
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_passes_its_own_tests_and_the_kits(projects, template):
    # In one process: what its own test of the kits starts is left out.
    own = ["tests", "--deselect", f"tests/test_made_{template}_conformance.py"]
    kits = ["--mosaic-plugin", f"made-{template}", *SLOW.get(template, [])]
    done = projects[template].run("pytest", "-q", "-p", "no:cacheprovider", *own, *kits)
    assert "failed" not in done.stdout
    assert int(done.stdout.split(" passed")[0].split()[-1]) > 15


def test_types_and_style_are_clean(projects):
    # At once, since mypy reads the contracts once then.
    folders = [str(project.package) for project in projects.values()]
    first = projects[PLAIN]
    first.run("mypy", "--strict", "--cache-dir", str(first.site / "mypy"), *folders)
    for project in projects.values():
        first.run("ruff", "check", "--no-cache", str(project.directory))


@pytest.mark.parametrize("template", TEMPLATES)
async def test_our_own_check_finds_nothing(projects, template):
    found = await checked(projects[template].directory)
    assert found.plugins == (f"made-{template}",)
    assert found.findings == ()


async def test_a_project_may_hold_several_plugins(tmp_path):
    project = generate(tmp_path, "many", "auth", "ui")
    assert {path.name for path in project.package.iterdir() if path.is_dir()} == {"auth", "ui"}
    # The kits of one of them are enough here: each is run whole above.
    project.run("pytest", "-q", "-p", "no:cacheprovider", "--deselect", "tests/test_many_auth_conformance.py")
    project.run("ruff", "check", "--no-cache", ".")
    found = await checked(project.directory)
    assert (found.plugins, found.findings) == (("many-auth", "many-ui"), ())


def test_a_long_name_is_no_harm(tmp_path):
    for template in TEMPLATES:
        name = f"{'very-' * 6}{template}"[:40]
        project = generate(tmp_path, name, *([] if template == PLAIN else [template]))
        project.run("ruff", "check", "--no-cache", ".")
    assert len(name) <= 40


def test_a_changed_contract_method_fails_in_words(tmp_path):
    project = generate(tmp_path, "changed", "observe")
    file = project.package / "observer.py"
    file.write_text(file.read_text().replace("observe(self, events:", "observe(self, batch: int, events:"))
    done = project.run("pytest", "-q", "--mosaic-plugin", "changed", "-k", "TestContract", check=False)
    assert done.returncode == 1
    assert "Observer.observe: expected" in done.stdout
    assert "batch" in done.stdout


class FreshEnvironment:
    """A new environment of Python. In the short count it borrows what Mosaic needs from this one, so that only
    Mosaic and the project are built and installed; `tox -e chaos` has pip fetch everything.
    """

    def __init__(self, place):
        venv.create(place, with_pip=IS_FULL)
        self.python = str(place / "bin" / "python")
        if not IS_FULL:
            [site] = place.glob("lib/python*/site-packages")
            (site / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")

    def install(self, *what):
        if IS_FULL:
            self.run("pip", "install", "-q", *what)
            return
        options = ["-q", "--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]
        self._run([sys.executable, "-m", "pip", "--python", self.python, "install", *options, *what])

    def run(self, *argv, cwd=None):
        self._run([self.python, "-m", *argv], cwd=cwd)

    def _run(self, argv, cwd=None):
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.stdout[-6000:]}{done.stderr[-3000:]}"


@pytest.mark.chaos
@pytest.mark.parametrize("template", TEMPLATES if IS_FULL else [PLAIN])
def test_it_installs_in_a_fresh_environment(tmp_path, template):
    """The whole way of an author: pip install into a new environment, then everything that the README names."""
    project = generate(tmp_path, "fresh", *([] if template == PLAIN else [template]))
    fresh = FreshEnvironment(tmp_path / "venv")
    fresh.install(f"{ROOT}[test]" if IS_FULL else str(ROOT), *(["mypy"] if IS_FULL else []))
    fresh.install(*(["-e"] if IS_FULL else []), str(project.directory))
    commands = [
        ["pytest", "-q"],
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mosaic_cli", "plugins", "check", ".", "--no-types"],
        ["mosaic_cli", "plugins", "new", "second", "--directory", str(tmp_path / "second")],
    ]
    # The types are checked above too; here it would be the contracts as they are installed.
    commands += [["mypy"], ["mosaic_cli", "plugins", "check", "."]] if IS_FULL else []
    for argv in commands:
        fresh.run(*argv, cwd=project.directory)
    assert (tmp_path / "second" / "mosaic_second" / "plugin.py").is_file()


def test_every_port_is_tried():
    assert len(PORTS) == 10
