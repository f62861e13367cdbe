"""Every rule of ``mosaic plugins check`` finds what it is for, at its place, and nothing else."""

import json
import re
import sys

import pytest
from author_checking import checked
from click.testing import CliRunner

from mosaic_cli.main import mosaic
from mosaic_hookspecs import HOOKS_CONTRACT, STORAGE_CONTRACT, InputError, Severity
from mosaic_hookspecs import deprecations as deprecations_module
from mosaic_kernel.checking import hook_checks, type_checks
from mosaic_kernel.checking.rules import RULES

PROJECT = """\
[project]
name = "acme-notes"
version = "1.0"

[project.entry-points."mosaic.plugins"]
notes = "acme_notes.plugin:NotesPlugin"
"""
MANIFEST = """\
notes:
  summary: Keeps notes.
  hooks: "1.1"
  provides:
    - {port: ui, contract: "1.0", name: notes}
"""
PLUGIN = '''\
"""Provides notes."""

from mosaic_hookspecs import Provision, hookimpl

from .notes import Notes


class NotesPlugin:
    """Provides them."""

    @hookimpl
    async def mosaic_provide(self, context):
        """Make them."""
        return [Provision(port="ui", name="notes", provider=Notes())]
'''
NOTES = '''\
"""Notes."""


class Notes:
    """Some."""

    def contributions(self):
        """Return none."""
        return ()
'''


class Case:
    """A sound project, in which a test breaks one thing."""

    def __init__(self, directory):
        self.directory = directory
        self.package = directory / "acme_notes"
        self.package.mkdir(parents=True)
        for name, text in {
            "pyproject.toml": PROJECT,
            "README.md": "# Notes\n",
            "acme_notes/__init__.py": '"""Notes."""\n',
            "acme_notes/py.typed": "",
            "acme_notes/mosaic-plugin.yaml": MANIFEST,
            "acme_notes/plugin.py": PLUGIN,
            "acme_notes/notes.py": NOTES,
        }.items():
            (directory / name).write_text(text)

    def replace(self, name, old, new):
        file = self.directory / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def add(self, name, text):
        file = self.directory / name
        file.write_text((file.read_text() if file.exists() else "") + text)

    async def found(self, **options):
        report = await checked(self.directory.name, base=self.directory.parent, **options)
        return [(one.code, str(one.location), one.message) for one in report.findings]

    async def only(self, code, place, words=""):
        found = await self.found()
        assert [(one, where) for one, where, _ in found] == [(code, place)], found
        assert words in found[0][2]


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path / "notes")


async def test_a_sound_project_has_no_findings(case):
    assert await case.found() == []
    assert "acme_notes" not in sys.modules


async def test_a_project_without_an_entry_point(case):
    case.replace("pyproject.toml", "mosaic.plugins", "others")
    found = await case.found()
    assert ("PLG101", "notes/pyproject.toml") in [(code, place) for code, place, _ in found]


async def test_a_package_without_a_manifest(case):
    (case.package / "mosaic-plugin.yaml").unlink()
    await case.only("PLG102", "notes/acme_notes/mosaic-plugin.yaml")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("  provides:", "  provide:", "4:3", "provide"),
        ("Keeps notes.", "[1]", "2:12", "text"),
        ("summary", "\tsummary", "2:3", ""),
    ],
)
async def test_a_manifest_that_cannot_be_decoded(case, old, new, place, words):
    case.replace("acme_notes/mosaic-plugin.yaml", old, new)
    found = [one for one in await case.found() if one[0] == "PLG103"]
    assert found[0][1].startswith("notes/acme_notes/mosaic-plugin.yaml:" + place[0])
    assert words in found[0][2]


async def test_manifest_and_entry_points_name_the_same_plugins(case):
    case.replace("acme_notes/mosaic-plugin.yaml", "notes:\n", "note:\n")
    found = await case.found()
    assert [(code, place) for code, place, _ in found] == [
        ("PLG104", "notes/acme_notes/mosaic-plugin.yaml"),
        ("PLG105", "notes/acme_notes/mosaic-plugin.yaml:1:1"),
    ]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("acme_notes.plugin:Nobody", "has no 'Nobody'"),
        ("acme_notes.nowhere:NotesPlugin", "no module"),
        ("acme_notes.plugin", "names no attribute"),
    ],
)
async def test_an_entry_point_leads_to_a_class(case, new, words):
    case.replace("pyproject.toml", "acme_notes.plugin:NotesPlugin", new)
    await case.only("PLG106", "notes/pyproject.toml:6:1", words)


async def test_a_program_of_its_own_need_not_be_python(case):
    case.replace("pyproject.toml", "acme_notes.plugin:NotesPlugin", "acme_notes:program")
    case.add("acme_notes/mosaic-plugin.yaml", "  process: {argv: [./program]}\n")
    (case.package / "plugin.py").unlink()
    assert await case.found() == []


async def test_a_package_that_is_not_there(case):
    case.replace("pyproject.toml", "acme_notes.plugin", "acme_other.plugin")
    await case.only("PLG106", "notes/pyproject.toml:6:1", "no package 'acme_other'")


async def test_what_the_manifest_names_is_there(case):
    more = "  commands:\n    note: {target: 'acme_notes.command:note', summary: Note.}\n"
    more += "  profiles: {home: home.yaml}\n"
    case.add("acme_notes/mosaic-plugin.yaml", more)
    assert [(code, place) for code, place, _ in await case.found()] == [
        ("PLG106", "notes/acme_notes/mosaic-plugin.yaml:7:20"),
        ("PLG106", "notes/acme_notes/mosaic-plugin.yaml:8:20"),
    ]


async def test_a_manifest_without_a_summary(case):
    case.replace("acme_notes/mosaic-plugin.yaml", "Keeps notes.", '" "')
    await case.only("PLG107", "notes/acme_notes/mosaic-plugin.yaml:1:1")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('"1.0", name', '"9.0", name', "5:28", "expected contract 1.1 or an older 1.x; got contract 9.0"),
        ("port: ui", "port: stowage", "5:14", "stowage"),
    ],
)
async def test_both_versions_of_a_contract_are_named(case, old, new, place, words):
    case.replace("acme_notes/mosaic-plugin.yaml", old, new)
    await case.only("PLG201", f"notes/acme_notes/mosaic-plugin.yaml:{place}", words)
    assert STORAGE_CONTRACT


async def test_both_versions_of_the_hooks_are_named(case):
    case.replace("acme_notes/mosaic-plugin.yaml", 'hooks: "1.1"', 'hooks: "2.0"')
    words = f"expected hooks {HOOKS_CONTRACT}"
    found = [one for one in await case.found() if one[0] == "PLG202"]
    assert found[0][1] == "notes/acme_notes/mosaic-plugin.yaml:3:10"
    assert words in found[0][2]
    assert "got hooks 2.0" in found[0][2]


HOOK = '\n    @hookimpl\n    {} mosaic_{}(self, {}):\n        """Do it."""\n'


async def test_a_hook_that_is_newer_than_the_manifest_says(case):
    case.replace("acme_notes/mosaic-plugin.yaml", '"1.1"', '"1.0"')
    case.add("acme_notes/plugin.py", HOOK.format("async def", "export_state", "context"))
    await case.only("PLG203", "notes/acme_notes/plugin.py:17:5", "1.1")


async def test_what_is_deprecated_is_told(case, monkeypatch):
    one = deprecations_module.Deprecation(
        contract="hooks", what="mosaic_provide", since="1.1", removal="2.0", reason="dull", replacement="Use x."
    )
    monkeypatch.setattr(hook_checks, "deprecated", lambda names: deprecations_module.deprecated(names, [one]))
    await case.only("PLG204", "notes/acme_notes/plugin.py:12:5", "gone in 2.0: dull")


async def test_a_hook_that_there_is_not(case):
    case.add("acme_notes/plugin.py", HOOK.format("async def", "started", "context"))
    await case.only("PLG301", "notes/acme_notes/plugin.py:17:5")


@pytest.mark.parametrize(
    ("word", "hook", "arguments"),
    [("def", "start", "context"), ("async def", "plugin_failed", "context, plugin")],
)
async def test_a_hook_of_the_wrong_kind(case, word, hook, arguments):
    case.add("acme_notes/plugin.py", HOOK.format(word, hook, arguments))
    await case.only("PLG302", "notes/acme_notes/plugin.py:17:5")


@pytest.mark.parametrize("arguments", ["ctx", "context, more", "context, *more", "context, **more"])
async def test_a_hook_with_other_arguments(case, arguments):
    case.add("acme_notes/plugin.py", HOOK.format("async def", "start", arguments))
    await case.only("PLG303", "notes/acme_notes/plugin.py:17:5")


async def test_a_hook_may_leave_arguments_out(case):
    case.add("acme_notes/plugin.py", HOOK.format("def", "plugin_failed", "plugin"))
    assert await case.found() == []


async def test_a_hook_that_is_not_marked(case):
    case.replace("acme_notes/plugin.py", "    @hookimpl\n", "")
    found = await case.found()
    assert [code for code, *_ in found] == ["PLG305", "PLG304"]


async def test_what_is_promised_is_provided(case):
    case.replace("acme_notes/plugin.py", "mosaic_provide", "mosaic_start")
    await case.only("PLG305", "notes/acme_notes/mosaic-plugin.yaml:1:1")


async def test_what_is_provided_is_promised(case):
    case.replace(
        "acme_notes/mosaic-plugin.yaml", '  provides:\n    - {port: ui, contract: "1.0", name: notes}\n', ""
    )
    await case.only("PLG306", "notes/acme_notes/plugin.py:12:5")


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("import acme_notes.notes", "PLG401", "acme_notes.notes"),
        ("from acme_notes.notes import Notes", "PLG401", "acme_notes.notes"),
        ("from mosaic_sql.storage import SqliteStorage", "PLG402", "mosaic_sql"),
        ("import mosaic_kernel.kernel", "PLG403", "mosaic_kernel.kernel"),
        ("from mosaic_kernel import runtime", "PLG403", "mosaic_kernel.runtime"),
        ("from mosaic_testing.scripted import ScriptedAgent", "PLG404", "mosaic_testing"),
    ],
)
async def test_imports_that_tie(case, line, code, words):
    case.add("acme_notes/notes.py", f"\n\n{line}\n")
    await case.only(code, "notes/acme_notes/notes.py:12:1", words)


@pytest.mark.parametrize(
    "line",
    ["from mosaic_kernel import Kernel", "import mosaic_hookspecs", "from . import plugin", "import json"],
)
async def test_imports_that_do_not(case, line):
    case.add("acme_notes/notes.py", f"\n\n{line}\n")
    assert await case.found() == []


@pytest.mark.parametrize(
    "code",
    [
        "FILE = open('x')",
        "import threading\nthreading.Thread(target=print).start()",
        "from threading import Thread\nTHREAD = Thread()",
        "import trio\ntrio.run(print)",
        "import subprocess\nsubprocess.run(['true'])",
        "import socket as s\nSOCKET = s.socket()",
        "from pathlib import Path\nTEXT = Path('x').read_text()",
        "import os\nos.environ['A'] = 'b'",
        "import sys\nsys.path.insert(0, 'x')",
        "import atexit\natexit.register(print)",
        "import logging\nlogging.basicConfig()",
        "if True:\n    print('hello')",
        "class _A:\n    x = open('x')",
        "def _f(x=open('x')):\n    pass",
        "X = [open(x) for x in ('a',)]",
        "async def _f(x=print()):\n    pass",
    ],
)
async def test_what_importing_does(case, code):
    case.add("acme_notes/notes.py", f"\n\n{code}\n")
    found = await case.found()
    assert {one for one, *_ in found} == {"PLG501"}, found
    assert all(place.startswith("notes/acme_notes/notes.py:") for _, place, _ in found)


@pytest.mark.parametrize(
    "code",
    [
        "def _f():\n    return open('x')",
        "import re\n_X = re.compile('x')",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    print('never')",
        "if __name__ == '__main__':\n    print('by hand')",
        "from pathlib import Path\n_X = Path(__file__).with_name('x')",
        "import threading\n_X = threading.local()",
        "_X = lambda: open('x')",
        "import trio\n\n\nasync def _f():\n    async with trio.open_nursery():\n        pass",
    ],
)
async def test_what_importing_does_not(case, code):
    case.add("acme_notes/notes.py", f"\n\n{code}\n")
    assert await case.found() == []


async def test_what_cannot_be_parsed(case):
    case.add("acme_notes/notes.py", "\n\ndef (:\n")
    await case.only("PLG502", "notes/acme_notes/notes.py:12:5")


async def test_what_is_public_has_a_docstring(case):
    case.add(
        "acme_notes/more.py", "def told():\n    pass\n\n\nclass _Own:\n    def method(self):\n        pass\n"
    )
    case.replace("acme_notes/notes.py", '        """Return none."""\n', "")
    assert [(code, place) for code, place, _ in await case.found()] == [
        ("PLG601", "notes/acme_notes/more.py"),
        ("PLG601", "notes/acme_notes/more.py:1:1"),
        ("PLG601", "notes/acme_notes/notes.py:7:5"),
    ]


OPERATIONS = '''\
"""Operations."""

import attrs
from mosaic_hookspecs import Operation, OperationKind


@attrs.frozen
class Ask:
    """Asks."""

    text: str
    times: int = attrs.field(default=1, metadata={"help": "How often."})


def declare(handler):
    """Declare."""
    return Operation(name="Say", kind=OperationKind.QUERY, input=Ask, output=Ask, handler=handler, summary="")


def others(fields):
    """Declare what nobody can see."""
    return Operation(**fields)
'''


async def test_operations_say_all_that_doors_show(case):
    case.add("acme_notes/operations.py", OPERATIONS)
    found = [(code, place, words) for code, place, words in await case.found()]
    assert [(code, place.rpartition(".py:")[2]) for code, place, _ in found] == [
        ("PLG604", "11:5"),
        ("PLG602", "17:12"),
        ("PLG603", "17:27"),
        ("PLG602", "17:108"),
    ]
    assert "no permission" in found[1][2]


async def test_a_project_has_a_readme_and_is_typed(case):
    (case.directory / "README.md").unlink()
    (case.package / "py.typed").unlink()
    assert [(code, place) for code, place, _ in await case.found()] == [
        ("PLG605", "notes/README.md"),
        ("PLG701", "notes/acme_notes/py.typed"),
    ]


async def test_folders_of_data_are_left_out(case):
    (case.package / "templates").mkdir()
    (case.package / "templates" / "broken.py").write_text("def (")
    assert await case.found() == []


async def test_a_project_may_have_a_src_folder(case):
    (case.directory / "src").mkdir()
    case.package.rename(case.directory / "src" / "acme_notes")
    assert await case.found() == []


async def test_types_are_checked_in_a_process(case):
    case.add(
        "acme_notes/notes.py", "\n\ndef length(text: str) -> int:\n    " + '"""Count."""\n    return text\n'
    )
    report = await checked(case.directory.name, base=case.directory.parent, types=True)
    found = [one for one in report.findings if one.code == "PLG702"]
    assert "notes/acme_notes/notes.py:14:12" in [str(one.location) for one in found]
    assert report.types == "types were checked with mypy --strict"
    assert "acme_notes" not in sys.modules


async def test_that_types_were_not_checked_is_said(case, monkeypatch):
    monkeypatch.setattr(type_checks, "find_spec", lambda _name: None)
    report = await checked(case.directory.name, base=case.directory.parent, types=True)
    assert "mypy is not installed" in report.types
    assert report.findings == ()


async def test_installed_plugins_are_checked_by_name():
    for name in ("sqlite", "mosaic_sql"):
        report = await checked(name)
        assert report.plugins == ("sqlite",)
        assert [one for one in report.findings if one.severity is Severity.ERROR] == []


async def test_the_plugins_of_the_house_have_no_errors():
    from importlib.metadata import entry_points

    for point in entry_points(group="mosaic.plugins"):
        if point.dist is not None and point.dist.name == "mosaic-stack":
            report = await checked(point.name)
            assert [one for one in report.findings if one.severity is Severity.ERROR] == [], point.name


async def test_what_is_no_project_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        await checked("none", base=tmp_path)
    assert caught.value.code == "no-plugin-project"
    (tmp_path / "pyproject.toml").write_text("[")
    with pytest.raises(InputError) as caught:
        await checked(".", base=tmp_path)
    assert caught.value.code == "bad-project"


def test_every_rule_is_tried():
    from pathlib import Path

    text = Path(__file__).read_text()
    assert [code for code in RULES if not re.search(rf'"{code}"', text)] == []
    assert all(code == rule.code and rule.explanation for code, rule in RULES.items())


def test_the_command_prints_like_a_linter(case):
    run = CliRunner().invoke
    case.add("acme_notes/notes.py", "\n\nprint('hello')\n")
    done = run(mosaic, ["plugins", "check", "notes", "--no-types", "-C", str(case.directory.parent)])
    assert done.exit_code == 1
    assert "notes/acme_notes/notes.py:12:1: PLG501 importing this prints" in done.output
    assert "1 errors, 0 warnings." in done.output
    done = run(mosaic, ["plugins", "check", "notes", "--no-types", "--json", "-C", str(case.directory.parent)])
    assert json.loads(done.stdout)["findings"][0]["code"] == "PLG501"
