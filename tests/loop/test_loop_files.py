"""Reading, writing, editing, listing and searching; and what a model is told when it did it wrong."""

import pytest
import trio
from loop_models import attempt, finish, use

from mosaic_hookspecs.models import ToolCall


async def answer(directory, tool, **arguments):
    """Call one tool; return whether it was refused, and the answer."""
    _, model, _ = await attempt(directory, use((tool, arguments)), finish())
    [told] = [message for message in model.requests[1].messages if message.role == "tool"]
    return told.is_error, told.text


@pytest.fixture
def poem(tmp_path):
    (tmp_path / "poem.txt").write_text("one\ntwo\nthree\ntwo\n")
    return tmp_path


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "    1  one\n    2  two\n    3  three\n    4  two"),
        ({"first": 3}, "    3  three\n    4  two"),
        ({"first": 2, "last": 3}, "    2  two\n    3  three"),
        ({"first": 9}, "poem.txt has 4 lines, so none from 9 on"),
    ],
)
async def test_lines_come_with_their_numbers(poem, more, expected):
    assert await answer(poem, "read_file", path="poem.txt", **more) == (False, expected)


async def test_long_files_are_read_in_parts(tmp_path):
    (tmp_path / "long.txt").write_text("".join(f"line {number}\n" for number in range(1, 5001)))
    _, text = await answer(tmp_path, "read_file", path="long.txt")
    assert text.endswith(" 2000  line 2000\n[there is more: go on with first=2001]")
    _, text = await answer(tmp_path, "read_file", path="long.txt", first=4990, last=6000)
    assert text.endswith(" 5000  line 5000")
    (tmp_path / "wide.txt").write_text("x" * 1_000_000)
    _, text = await answer(tmp_path, "read_file", path="wide.txt")
    assert len(text) < 3000
    assert "998000 characters more" in text


async def test_what_is_no_text_is_said_to_be_none(tmp_path):
    (tmp_path / "image").write_bytes(b"\x89PNG\0\0")
    assert await answer(tmp_path, "read_file", path="image") == (
        True,
        "image is no text: it has 6 bytes of binary data",
    )
    (tmp_path / "empty").write_bytes(b"")
    assert await answer(tmp_path, "read_file", path="empty") == (False, "empty is empty")


async def test_files_are_written_whole(tmp_path):
    assert await answer(tmp_path, "write_file", path="a/b.txt", content="x\ny") == (
        False,
        "made a/b.txt (2 lines)",
    )
    assert await answer(tmp_path, "write_file", path="a/b.txt", content="ü\n") == (
        False,
        "wrote a/b.txt (1 lines)",
    )
    assert (tmp_path / "a" / "b.txt").read_text() == "ü\n"


EDITS = [
    ({"old": "three", "new": "3"}, False, "changed poem.txt at line 3", "one\ntwo\n3\ntwo\n"),
    ({"old": "two", "new": "2"}, True, "stands 2 times in poem.txt (lines 2, 4)", None),
    ({"old": "two", "new": "2", "all": True}, False, "at line 2 and 1 more places", "one\n2\nthree\n2\n"),
    ({"old": "three\ntwo", "new": ""}, False, "at line 3", "one\ntwo\n\n"),
    ({"old": "one two", "new": ""}, True, "white space differs", None),
    ({"old": "one\nfour", "new": ""}, True, "its first line does, at 1", None),
    ({"old": "five", "new": ""}, True, "read the file, and copy what stands there now", None),
    ({"old": "", "new": "x"}, True, "use write_file", None),
    ({"old": "one", "new": "one"}, True, "nothing would change", None),
]


@pytest.mark.parametrize(("more", "is_refused", "words", "expected"), EDITS)
async def test_a_piece_is_replaced_where_it_stands_once(poem, more, is_refused, words, expected):
    found, text = await answer(poem, "edit_file", path="poem.txt", **more)
    assert (found, words in text) == (is_refused, True), text
    assert (poem / "poem.txt").read_text() == (expected or "one\ntwo\nthree\ntwo\n")


async def test_lines_that_end_as_on_windows_are_edited_so(tmp_path):
    (tmp_path / "dos.txt").write_bytes(b"one\r\ntwo\r\n")
    await answer(tmp_path, "edit_file", path="dos.txt", old="one\ntwo", new="1\n2")
    assert (tmp_path / "dos.txt").read_bytes() == b"1\r\n2\r\n"


async def test_files_are_listed_without_what_is_heavy(tmp_path):
    for name in ("a.py", "src/b.py", "src/c.txt", ".git/config", "node_modules/x/y.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    _, text = await answer(tmp_path, "list_files")
    assert text.splitlines() == [
        "a.py  1 bytes",
        "node_modules/  (not listed)",
        "src/b.py  1 bytes",
        "src/c.txt  1 bytes",
    ]
    assert await answer(tmp_path, "list_files", path="src", pattern="*.py") == (False, "b.py  1 bytes")
    assert await answer(tmp_path, "list_files", pattern="*.go") == (False, "nothing here fits '*.go'")


async def test_a_long_list_is_cut(tmp_path):
    for number in range(450):
        (tmp_path / f"{number:03}.txt").touch()
    _, text = await answer(tmp_path, "list_files")
    assert text.splitlines()[-1] == "[only the first 400: name a directory, or a pattern]"


async def test_lines_are_searched(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def one():\n    return Two\n")
    (tmp_path / "b.txt").write_text("two\x1b[31m\n")
    (tmp_path / "image").write_bytes(b"two\0")
    assert await answer(tmp_path, "search", pattern="two") == (False, "b.txt:1: two?[31m")
    assert await answer(tmp_path, "search", pattern="two", ignore_case=True, path="src") == (
        False,
        "src/a.py:2: return Two",
    )
    assert await answer(tmp_path, "search", pattern=r"^def \w+", glob="*.py") == (
        False,
        "src/a.py:1: def one():",
    )
    assert await answer(tmp_path, "search", pattern="four") == (False, "nothing fits")
    is_refused, text = await answer(tmp_path, "search", pattern="(")
    assert is_refused
    assert "no regular expression" in text


async def test_many_lines_are_cut(tmp_path):
    (tmp_path / "a").write_text("x\n" * 500)
    _, text = await answer(tmp_path, "search", pattern="x")
    assert len(text.splitlines()) == 201
    assert text.endswith("[there are more]")


async def test_a_pattern_without_end_is_ended(tmp_path):
    (tmp_path / "a").write_text("a" * 60 + "!\n")
    with trio.fail_after(20):
        _, model, _ = await attempt(
            tmp_path, use(("search", {"pattern": "(a+)+$"})), finish(), search_seconds=0.5
        )
    assert "took longer than 0.5 s" in model.told[0]


WRONG = [
    (
        "read_file",
        {},
        "read_file lacks the argument 'path'. read_file takes path (a text, required), first (a whole",
    ),
    ("read_file", {"path": 5}, "'path' must be a text, not 5"),
    ("read_file", {"path": "a", "first": "1"}, "'first' must be a whole number from 1 on, not '1'"),
    ("read_file", {"path": "a", "first": 0}, "'first' must be a whole number from 1 on, not 0"),
    ("read_file", {"path": "a", "first": 5, "last": 2}, "the last line (2) is before the first (5)"),
    ("read_file", {"file": "a"}, "read_file has no argument 'file'"),
    ("write_file", {"path": "a"}, "lacks the argument 'content'"),
    ("edit_file", {"path": "a", "old": "x", "new": "y", "all": "yes"}, "'all' must be true or false"),
    ("finish", {"summary": ["x"]}, "'summary' must be a text"),
    ("finish", {"summary": "x", "outcome": "great"}, "an outcome is succeeded or failed, not 'great'"),
    ("finish", {"summary": "x", "outputs": {"a": "x" * 100_000}}, "put them into a file"),
    (
        "bash",
        {"command": "ls"},
        "there is no tool 'bash'; there are: read_file, write_file, edit_file, list_files, ",
    ),
    ("run", {"command": "ls"}, "there is no tool 'run'"),
]


@pytest.mark.parametrize(("tool", "arguments", "words"), WRONG)
async def test_wrong_calls_are_answered_with_what_to_do(tmp_path, tool, arguments, words):
    is_refused, text = await answer(tmp_path, tool, **arguments)
    assert is_refused
    assert words in text


@pytest.mark.parametrize(
    ("stopped", "words"),
    [("tools", "with one JSON object as its schema says"), ("length", "cut off for its length")],
)
async def test_calls_that_cannot_be_read_are_answered(tmp_path, stopped, words):
    call = ToolCall(id="1", name="write_file", problem="the arguments are no JSON")
    _, model, _ = await attempt(tmp_path, use(call, stopped=stopped), finish())
    assert "the arguments are no JSON" in model.told[0]
    assert words in model.told[0]


async def test_a_full_disk_is_no_crash(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mosaic_loop.inside.os.rename", full)
    is_refused, text = await answer(tmp_path, "write_file", path="a", content="x")
    assert (is_refused, text) == (True, "that did not work: No space left on device")
    assert list(tmp_path.iterdir()) == []
