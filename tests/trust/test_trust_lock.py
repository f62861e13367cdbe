import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_hookspecs import InputError
from mosaic_kernel.trust_lock import LOCK_FILE, Pin, read_lock, render, write_lock

DIGEST = "sha256:" + "0" * 64
GOOD = f"""\
format: 1
plugins:
  greeter:
    distribution: mosaic-greeter
    version: "1.0"
    target: mosaic_greeter.plugin:Greeter
    digest: "{DIGEST}"
"""


def pin(**fields):
    known = {"distribution": "mosaic-greeter", "version": "1.0", "target": "a.b:C", "digest": DIGEST}
    return Pin(**{**known, **fields})


def test_a_lock_reads_as_people_do(tmp_path):
    pins = {"zoo": pin(record=DIGEST), "ant": pin(files={"plugin.py": "0123456789ab", "a b.txt": "1e5"})}
    assert render(pins).splitlines()[2:] == [
        "format: 1",
        "plugins:",
        "  ant:",
        '    distribution: "mosaic-greeter"',
        '    version: "1.0"',
        '    target: "a.b:C"',
        f'    digest: "{DIGEST}"',
        "    files:",
        '      "a b.txt": "1e5"',
        '      plugin.py: "0123456789ab"',
        "  zoo:",
        '    distribution: "mosaic-greeter"',
        '    version: "1.0"',
        '    target: "a.b:C"',
        f'    digest: "{DIGEST}"',
        f'    record: "{DIGEST}"',
    ]


def test_what_is_written_is_read_and_only_what_differs_is_written(tmp_path):
    file = tmp_path / LOCK_FILE
    pins = {"greeter": pin(), "true": pin(), "1.0": pin(), "ä: #b": pin(files={"ü\\n.py": "0"})}
    assert write_lock(file, pins)
    assert dict(read_lock(tmp_path).pins) == pins
    os.utime(file, (1, 1))
    assert not write_lock(file, dict(reversed(pins.items())))
    assert file.stat().st_mtime == 1
    assert write_lock(file, {})
    assert read_lock(tmp_path).pins == {}
    assert {entry.name for entry in tmp_path.iterdir()} <= {LOCK_FILE, "project"}


printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(st.dictionaries(printable, st.builds(pin, distribution=printable, version=printable, target=printable)))
def test_any_names_are_read_as_they_were_written(tmp_path_factory, pins):
    directory = tmp_path_factory.mktemp("lock")
    write_lock(directory / LOCK_FILE, pins)
    assert dict(read_lock(directory).pins) == pins


def test_a_link_in_its_place_is_replaced_and_not_written_through(tmp_path):
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / LOCK_FILE).symlink_to(other)
    write_lock(tmp_path / LOCK_FILE, {})
    assert other.read_text() == "mine"
    assert not (tmp_path / LOCK_FILE).is_symlink()


def test_no_lock_is_a_problem_with_a_cure(tmp_path):
    lock = read_lock(tmp_path)
    assert lock.problem.code == "no-lock"
    assert "mosaic plugins lock" in lock.problem.hint


HOSTILE = {
    "empty": ("", 0, "format: 1"),
    "a list": ("- a\n", 1, "format: 1"),
    "text": ("format", 1, "format: 1"),
    "no format": (GOOD.replace("format: 1\n", ""), 1, "format: 1"),
    "a later format": (GOOD.replace("format: 1", "format: 2"), 1, "format: 1"),
    "a true format": (GOOD.replace("format: 1", "format: true"), 1, "format: 1"),
    "a conflict": ("<<<<<<< ours\n" + GOOD, None, ""),
    "plugins that are a list": ("format: 1\nplugins: [greeter]\n", 2, "mapping"),
    "a plugin without a digest": (GOOD[: GOOD.index("    digest")], 4, "digest"),
    "a version that is a number": (GOOD.replace('"1.0"', "1.0"), 5, "text"),
    "an unknown key": (GOOD + "    trusted: true\n", 8, ""),
    "a short digest": (GOOD.replace("0" * 64, "0" * 63), 7, "64"),
    "a digest that is no digest": (GOOD.replace("sha256:", "md5:"), 7, "sha256"),
    "a record that is no digest": (GOOD + "    record: yes\n", 8, "sha256"),
    "files that are a list": (GOOD + "    files: [plugin.py]\n", 8, "mapping"),
    "a file with a number": (GOOD + "    files: {plugin.py: 17}\n", 8, "text"),
    "the same plugin twice": (GOOD + GOOD.partition("plugins:\n")[2], 8, ""),
    "a tag": ("format: 1\nplugins: !!python/object:os.system {}\n", 2, ""),
    "an alias bomb": ("format: 1\na: &a [x,x]\nplugins: *a\n", 3, ""),
    "binary": (b"\xff\xfe\x00", 1, ""),
    "large": ("#" * (1 << 20) + "\n", 0, "bytes"),
    "deep": ("[" * 2000, 1, ""),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_damaged_lock_is_told_with_its_place(tmp_path, kind):
    text, line, expected = HOSTILE[kind]
    file = tmp_path / LOCK_FILE
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    lock = read_lock(tmp_path)
    assert lock.pins == {}
    problem = lock.problem
    assert isinstance(problem, InputError)
    assert problem.code == "bad-lock"
    assert problem.where.path.endswith(LOCK_FILE)
    assert "mosaic plugins lock" in problem.hint
    assert line is None or problem.where.line == line
    assert expected in f"{problem.expected} {problem.what}"


def test_every_mistake_in_a_lock_is_told(tmp_path):
    (tmp_path / LOCK_FILE).write_text(GOOD.replace('"1.0"', "1.0").replace("mosaic-greeter", "[a]"))
    assert len(read_lock(tmp_path).problem.others) == 2


def make_directory(file):
    file.mkdir()


@pytest.mark.parametrize("make", [os.mkfifo, make_directory, lambda file: file.symlink_to("nowhere")])
def test_what_is_no_file_is_told_and_not_waited_for(tmp_path, make):
    make(tmp_path / LOCK_FILE)
    assert read_lock(tmp_path).problem.code == "bad-lock"
