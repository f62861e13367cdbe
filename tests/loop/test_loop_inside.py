"""Paths cannot leave the workspace, whatever a model writes."""

import os
import socket

import pytest
import trio
from loop_models import attempt, finish, use

from mosaic_loop.faults import ToolFault
from mosaic_loop.inside import Inside, is_private


@pytest.fixture
def place(tmp_path):
    """A workspace with a secret beside it."""
    (tmp_path / "secret.txt").write_text("the secret")
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print('hello')\n")
    (root / ".git").write_text("gitdir: /somewhere\n")
    return root


def refusal(call, *arguments):
    with pytest.raises(ToolFault) as caught:
        call(*arguments)
    return str(caught.value)


OUTSIDE = [
    ("../secret.txt", "has .. in it"),
    ("src/../../secret.txt", "has .. in it"),
    ("src/..", "has .. in it"),
    ("/etc/passwd", "outside of the workspace"),
    ("//etc/passwd", "outside of the workspace"),
    ("~/.ssh/id_rsa", "outside of the workspace"),
    ("/proc/self/environ", "outside of the workspace"),
    ("src\0/main.py", "no path"),
    ("\ud800", "no path"),
    ("x" * 5000, "no path"),
    (".git", "git's or Mosaic's own"),
    (".git/hooks/pre-commit", "git's or Mosaic's own"),
    ("src/.GIT/config", "git's or Mosaic's own"),
    (".g\u200dit/config", "git's or Mosaic's own"),
    ("．git/config", "git's or Mosaic's own"),
    (".git./config", "git's or Mosaic's own"),
    (".git /config", "git's or Mosaic's own"),
    ("GIT~1/config", "git's or Mosaic's own"),
    (".mosaic/state.db", "git's or Mosaic's own"),
    ("", "the workspace itself"),
    (".", "the workspace itself"),
]


@pytest.mark.parametrize(("path", "words"), OUTSIDE)
def test_what_leads_out_is_refused_in_words(place, path, words):
    inside = Inside(place)
    before = sorted(place.parent.rglob("*"))
    assert words in refusal(inside.read, path, 1000)
    assert words in refusal(inside.write, path, b"mine")
    assert sorted(place.parent.rglob("*")) == before
    assert (place.parent / "secret.txt").read_text() == "the secret"


@pytest.mark.parametrize("target", ["../secret.txt", "/etc/passwd", "main.py", "nowhere"])
def test_links_are_not_followed(place, target):
    (place / "src" / "link").symlink_to(target)
    inside = Inside(place)
    assert "is a link" in refusal(inside.read, "src/link", 1000)
    assert "is a link" in refusal(inside.write, "src/link", b"mine")
    assert (place / "src" / "link").is_symlink()


def test_nor_are_links_on_the_way(place):
    (place / "out").symlink_to(place.parent)
    (place / "src" / "up").symlink_to("..")
    inside = Inside(place)
    for path in ("out/secret.txt", "out/new/file", "src/up/src/main.py"):
        assert "is a link" in refusal(inside.read, path, 1000)
        assert "is a link" in refusal(inside.write, path, b"mine")
    assert not (place.parent / "new").exists()


def test_a_directory_that_becomes_a_link_meanwhile_leads_nowhere(place):
    inside = Inside(place)
    steps = inside.steps("src/main.py")
    (place / "src").rename(place / "old")
    (place / "src").symlink_to(place.parent)
    with pytest.raises(ToolFault, match="is a link"), inside.folder(steps[:-1]):
        pass


def test_what_is_no_file_is_refused_at_once(place):
    os.mkfifo(place / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(place / "socket"))
        inside = Inside(place)
        for name in ("pipe", "socket"):
            assert "cannot be used" in refusal(inside.read, name, 1000)
            assert "cannot be used" in refusal(inside.write, name, b"mine")
    assert "is a directory" in refusal(inside.read, "src", 1000)
    assert "is a directory" in refusal(inside.write, "src", b"mine")
    assert "no directory" in refusal(inside.read, "src/main.py/more", 1000)
    assert "no directory" in refusal(inside.write, "src/main.py/more", b"mine")
    assert "there is no src/other.py" in refusal(inside.read, "src/other.py", 1000)
    assert "there is no a" in refusal(inside.read, "a/b/c.py", 1000)


@pytest.mark.skipif(os.geteuid() != 0, reason="devices are made by root alone")
def test_devices_are_no_files(place):
    try:
        os.mknod(place / "null", 0o666 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this container may not make devices")
    assert "no ordinary file" in refusal(Inside(place).read, "null", 1000)


def test_writing_leaves_other_names_of_a_file_alone(place):
    os.link(place.parent / "secret.txt", place / "twin.txt")
    Inside(place).write("twin.txt", b"mine")
    assert (place.parent / "secret.txt").read_text() == "the secret"
    assert (place / "twin.txt").read_text() == "mine"


def test_what_may_be_run_stays_so(place):
    (place / "src" / "main.py").chmod(0o755)
    inside = Inside(place)
    assert inside.write("src/main.py", b"new") is False
    assert (place / "src" / "main.py").stat().st_mode & 0o777 == 0o755
    assert inside.write("a/b/c.py", b"x") is True
    assert (place / "a" / "b" / "c.py").read_bytes() == b"x"
    assert not list(place.rglob(".mosaic-draft*"))


@pytest.mark.parametrize("path", ["src/main.py", "./src//main.py", "{root}/src/main.py"])
def test_what_is_inside_is_found(place, path):
    assert Inside(place).read(path.format(root=place), 1000) == b"print('hello')\n"


def test_a_large_file_is_not_taken_whole(place):
    (place / "large").write_bytes(b"x" * 2000)
    assert "2000 bytes; 1000 is the most" in refusal(Inside(place).read, "large", 1000)


@pytest.mark.parametrize(
    ("step", "expected"), [(".gitignore", False), ("git", False), (".github", False), (".Git", True)]
)
def test_only_gits_own_is_gits_own(step, expected):
    assert is_private(step) is expected


TOOLS = [
    ("read_file", {}),
    ("write_file", {"content": "mine"}),
    ("edit_file", {"old": "secret", "new": "mine"}),
    ("list_files", {}),
    ("search", {"pattern": "secret"}),
]


@pytest.mark.parametrize(("tool", "more"), TOOLS, ids=[name for name, _ in TOOLS])
@pytest.mark.parametrize("path", ["../secret.txt", "..", "/etc", "out", "out/secret.txt", ".git"])
async def test_no_tool_leads_out(place, tool, more, path):
    (place / "out").symlink_to(place.parent)
    with trio.fail_after(20):
        result, model, _ = await attempt(place, use((tool, {"path": path, **more})), finish())
    assert result.outcome == "succeeded"
    [answer] = [message for message in model.requests[1].messages if message.role == "tool"]
    assert answer.is_error
    assert "the secret" not in answer.text
    assert (place.parent / "secret.txt").read_text() == "the secret"


@pytest.mark.parametrize(("tool", "more"), [("list_files", {}), ("search", {"pattern": "secret"})])
async def test_nothing_outside_is_listed_or_searched_through_links(place, tool, more):
    (place / "out").symlink_to(place.parent)
    (place / "leak.txt").symlink_to("../secret.txt")
    os.mkfifo(place / "pipe")
    with trio.fail_after(20):
        _, model, _ = await attempt(place, use((tool, more)), finish())
    assert "the secret" not in model.told[0]
    assert "secret.txt" not in model.told[0]
