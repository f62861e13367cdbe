"""Making a project: its names, its place, and that nothing is left half-written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from author_projects import PORTS, TEMPLATES
from click.testing import CliRunner

from mosaic_author import rendering, writing
from mosaic_author.naming import names_of
from mosaic_author.project import new_project
from mosaic_cli.main import mosaic
from mosaic_hookspecs import PORTS as REAL_PORTS
from mosaic_hookspecs import InputError

LONG = "a-name-that-is-as-long-as-they-may-be-42"


def refused(code, name, **options):
    with pytest.raises(InputError) as caught:
        new_project(name, **options)
    assert caught.value.code == code
    return caught.value


def test_there_is_a_template_for_every_port():
    assert sorted(PORTS) == sorted(REAL_PORTS)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("", ""),
        ("Notes", "Try 'notes'."),
        ("my notes", "Try 'my-notes'."),
        ("MyNotes", "Try 'my-notes'."),
        ("1st", "Try 'st'."),
        ("-a", "Try 'a'."),
        ("a-", "Try 'a'."),
        ("a--b", "Try 'a-b'."),
        ("../out", "Try 'out'."),
        ("a/b", "Try 'a-b'."),
        ("ä", ""),
        ("a\n", "Try 'a'."),
        ("x" * 41, "Try '" + "x" * 40 + "'."),
    ],
)
def test_bad_names_are_refused_with_one_that_would_do(tmp_path, monkeypatch, name, hint):
    monkeypatch.chdir(tmp_path)
    error = refused("bad-name", name)
    assert error.hint == hint
    assert error.where == "NAME"
    if hint:
        assert names_of(hint[5:-2])
    assert not any(tmp_path.iterdir())


def test_names_follow_from_one():
    found = names_of("my-notes_2", part="storage")
    assert (found.plugin, found.package) == ("my-notes-2-storage", "mosaic_my_notes_2.storage")
    assert (found.root, found.distribution) == ("mosaic_my_notes_2", "mosaic-my-notes-2")
    assert (found.stem, found.words) == ("my_notes_2_storage", "MyNotes2Storage")


@pytest.mark.parametrize(
    ("name", "word"), [("sqlite", "plugin 'sqlite'"), ("sql", "'mosaic_sql'"), ("kernel", "'mosaic_kernel'")]
)
def test_names_that_are_taken_are_refused(tmp_path, name, word):
    error = refused("name-taken", name, directory=str(tmp_path / "new"))
    assert word in error.what
    assert not any(tmp_path.iterdir())


def test_unknown_ports_and_bad_distributions_are_refused(tmp_path):
    place = str(tmp_path / "new")
    assert refused("unknown-port", "notes", ports=["storge"], directory=place).hint == "Did you mean 'storage'?"
    refused("unknown-port", "notes", ports=["project"], directory=place)
    refused("bad-distribution", "notes", distribution="-x", directory=place)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["directory", "file", "dangling link"])
def test_nothing_is_overwritten(tmp_path, kind):
    place = tmp_path / "new"
    if kind == "directory":
        place.mkdir()
    elif kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to(tmp_path / "none")
    before = place.lstat()
    error = refused("directory-exists", "notes", directory=str(place))
    assert "--directory" in error.hint
    assert place.lstat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    write = Path.write_text
    count = 0

    def failing(self, *args, **options):
        nonlocal count
        count += 1
        if count == 4:
            raise OSError(28, "No space left on device")
        return write(self, *args, **options)

    monkeypatch.setattr(Path, "write_text", failing)
    error = refused("not-written", "notes", directory=str(tmp_path / "new"))
    assert "No space left" in error.what
    assert not any(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_told(tmp_path):
    refused("not-written", "notes", directory=str(tmp_path / "none" / "new"))
    assert writing.write_project(tmp_path / "new", {"a/b.txt": "text"}) is None
    assert (tmp_path / "new/a/b.txt").read_text() == "text"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask():
    umask = os.umask(0)
    os.umask(umask)
    return umask


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_word_of_a_template_is_left(tmp_path, template):
    ports = [] if template == rendering.PLAIN else [template]
    made, files = new_project("notes", ports=ports, directory=str(tmp_path / "new"))
    for name in files:
        text = (made / name).read_text()
        assert not re.search(r"mosaic[-_]sample|\bsample\b|SamplePlugin", text + name), name
        assert text.endswith("\n") or not text
    assert {"CHANGELOG.md", "README.md", "pyproject.toml", "mosaic_notes/py.typed", ".gitignore"} <= set(files)
    assert sum(name.startswith("tests/") for name in files) >= 2


def test_templates_are_formatted_as_the_projects_are():
    config = rendering.TEMPLATES / "project/pyproject.toml"
    command = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "--config", str(config)]
    done = subprocess.run([*command, str(rendering.TEMPLATES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def invoke(*argv):
    return CliRunner().invoke(mosaic, ["plugins", "new", *argv])


def test_the_command_says_what_comes_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke("notes", "--port", "ui", "--distribution", "acme-notes")
    assert done.exit_code == 0
    assert "Made acme-notes" in done.output
    assert 'name = "acme-notes"' in (tmp_path / "acme-notes/pyproject.toml").read_text()
    done = invoke(LONG, "--json")
    assert json.loads(done.output)["directory"] == str(tmp_path / f"mosaic-{LONG}")
    help_ = CliRunner().invoke(mosaic, ["plugins", "--help"]).output
    assert "new" in help_[help_.index("Commands of plugins") :]
