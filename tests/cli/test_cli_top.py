"""What `mosaic top` shows and asks, without a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from mosaic_cli.top_frame import Place, draw
from mosaic_cli.top_keys import KeyReader
from mosaic_cli.top_log import LogView
from mosaic_cli.top_picture import Picture, take_picture
from mosaic_cli.top_prompt import Prompt
from mosaic_cli.top_rows import Outlook
from mosaic_cli.top_sections import Section, shares
from mosaic_cli.top_text import bar, rate, rough
from mosaic_hookspecs import NotFound, Unavailable

NOW = 1_700_000_000_000
HOSTILE = "a\x1b]0;owned\x07b\x1b[2J\u202e\r\nc"
WIDE = "日本語のタスク名はとても長い" * 9


def run(name, state="active", *, total=10, ended=None, **counts):
    return {
        "run_id": name,
        "title": f"Run {name}",
        "target": "",
        "state": state,
        "result": "running" if state == "active" else state,
        "total": total,
        "counts": counts,
        "created_at": NOW - 120_000,
        "ended_at": ended,
        "now": NOW,
        "sequence": 7,
        "spent": {"money": 0.25, "input_tokens": 10, "output_tokens": 5},
    }


def task(name, *, state="leased", since=NOW - 125_000, line="all is well", **more):
    return {
        "run_id": "r1",
        "task_id": name,
        "title": f"Do {name}",
        "state": state,
        "agent": "claude",
        "token": 1,
        "attempt": 1,
        "since": since,
        "minutes": 20,
        "last_line": line,
        **more,
    }


def item(name, kind="gate", **more):
    facts = {"title": f"May {name}?", "text": "", "by": "", "taken_by": "", "run_id": "r1", "options": []}
    return {"id": f"{kind}:{name}", "kind": kind, "task_id": name, "since": NOW - 60_000, **facts, **more}


def group(code, count, text, *, is_for_person=False):
    return {
        "code": code,
        "text": text,
        "count": count,
        "task_ids": ["t7", "t8"],
        "is_for_person": is_for_person,
    }


def picture(**more):
    facts = {
        "runs": [
            run("r1", accepted=4, failed=1, leased=2, blocked=3),
            run("r0", "finished", ended=NOW, accepted=10),
        ],
        "working": [task("a"), task("b", state="reported", line="")],
        "active": 2,
        "waiting": {"r1": [group("approval", 1, "it waits"), group("unmet-dependency", 3, "it needs a")]},
        "people": [item("gate")],
        "forecasts": {"r1": NOW + 600_000},
        "now": NOW,
    }
    return Picture(**{**facts, **more})


def shown(picture, width=80, height=24, **outlook):
    lines = draw(
        picture, Outlook(now=NOW, title="/shop", clock="12:00:00", **outlook), Place(width=width, height=height)
    )
    assert all(line.cell_len <= width for line in lines)
    assert not height or len(lines) == height
    return [line.plain.rstrip() for line in lines]


def test_a_frame_tells_what_happens_on_80_columns_and_24_lines():
    assert shown(picture(), selected=("task", "r1", "a"))[:20] == [
        " mosaic top   /shop                                                    12:00:00",
        " 4 of 10 accepted  ████░░░░░░░░ 40 %  1 failed  2.0/min  $0.25  ends in ~10 min",
        "─" * 80,
        " RUNS 2",
        "  running   Run r1                     1 failed  ~10 min  ████░░░░░░░░    4/10",
        "  finished  Run r0                         in 2 min 00 s  ████████████   10/10",
        "",
        " NEEDS YOU 1",
        "  ? gate       May gate?                                               60 s ago",
        "",
        " AT WORK 2",
        "▌ ● Do a                                         claude    2 min 05 s of 20 min",
        "▌   all is well",
        "  ◐ Do b                                      verifying    2 min 05 s of 20 min",
        "",
        " WAITING 3",
        "     3  it needs a                                                         t7 …",
        "",
        "",
        "",
    ]


def test_the_reason_comes_before_who_waits_for_it():
    reason = "it needs the agent 'claude', which no agent here is (here: command)"
    groups = [group("no-runtime", 2, reason), group("unmet-dependency", 3, "it needs a")]
    lines = shown(picture(waiting={"r1": groups}))
    assert f"     2  {reason}" in lines
    assert any(line.startswith("     3  it needs a ") and line.endswith("t7 …") for line in lines)


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 30), st.integers(0, 30), st.integers(0, 5))
def test_every_size_is_filled_and_never_overflows(width, height, working, people, runs):
    everything = picture(
        runs=[run(f"r{n}", accepted=n) for n in range(runs)],
        working=[task(f"t{n}", line=WIDE) for n in range(working)],
        people=[item(f"i{n}", title=WIDE) for n in range(people)],
        waiting={"r1": [group("x", 5, WIDE)]} if runs > 1 else {},
    )
    keys = everything.keys()
    shown(everything, width, height, selected=keys[-1] if keys else None)


def test_what_is_selected_is_seen_however_many_there_are():
    many = picture(working=[task(f"t{n}") for n in range(40)], active=40)
    lines = shown(many, selected=("task", "r1", "t33"))
    assert any(line.startswith("▌ ● Do t33") for line in lines)
    assert any("more" in line for line in lines)


def test_words_of_others_are_inert():
    words = picture(
        runs=[{**run("r1"), "title": HOSTILE, "result": HOSTILE, "run_id": "r1"}],
        working=[task("a", title=HOSTILE, agent=HOSTILE, last_line=HOSTILE)],
        people=[item("a", title=HOSTILE, by=HOSTILE, text=HOSTILE)],
        waiting={"r1": [group("x", 1, HOSTILE)]},
    )
    drawn = io.StringIO()
    console = Console(file=drawn, width=200, force_terminal=False)
    for line in shown(words, 200, 40, notice=(HOSTILE, "red"), heard={("task", "r1", "a"): HOSTILE}):
        console.print(Text(line))
    assert not any(sign in drawn.getvalue() for sign in ("\x1b", "\x07", "\u202e", "\r"))


def test_nothing_at_all_says_what_to_do():
    assert "`mosaic run --goal" in "\n".join(shown(Picture()))


@given(st.lists(st.integers(0, 30), max_size=5), st.integers(0, 60))
def test_lines_are_shared_and_none_is_wasted(sizes, room):
    sections = [Section(title=Text("x"), blocks=[[Text("y")]] * size, chosen=None) for size in sizes]
    given = shares(sections, room)
    assert sum(given) == min(room, sum(section.wanted for section in sections))
    assert all(len(section.lines(share)) <= share for section, share in zip(sections, given, strict=True))


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"q", ["q"]),
        (b"\x1b[A\x1b[Bx", ["up", "down", "x"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[99;99Rj", ["j"]),
        (b"\r\x7f", ["enter", "backspace"]),
        ("ü".encode(), ["ü"]),
        (b"\x01\x02", []),
    ],
)
def test_keys_are_read(sent, keys):
    assert list(KeyReader().feed(sent)) == keys


def press(prompt, *keys):
    for key in keys:
        assert not prompt.is_over
        prompt.press(key)
    return (prompt.answer if prompt.is_given else None), prompt.is_over


def test_nothing_is_answered_without_a_word():
    assert press(Prompt(item=item("a")), "x", "y") == ("yes", True)
    assert press(Prompt(item=item("a")), "n", "x") == (None, True)
    assert press(Prompt(item=item("a")), "n", "y") == ("no", True)
    assert press(Prompt(item=item("a")), "escape") == (None, True)
    choice = item("a", kind="question", options=["red", "blue"])
    assert press(Prompt(item=choice), "3", "2", "y") == ("blue", True)
    many = item("a", kind="question", options=[f"o{n}" for n in range(1, 13)])
    assert press(Prompt(item=many), "1", "2", "enter", "enter") == ("o12", True)
    free = Prompt(item=item("a", kind="question"))
    assert press(free, "enter", *"yes!", "backspace", "enter", "y") == ("yes", True)
    assert free.to_data("ann") == {"id": "question:a", "answer": "yes", "name": "ann"}
    for prompt in (Prompt(item=item("a", title=HOSTILE, text=HOSTILE)), Prompt(item=choice), free):
        assert all(len(words) <= 60 and words.isprintable() for words, _ in prompt.lines(60))


def test_a_log_stays_at_its_end_until_one_scrolls():
    view = LogView("Do a")
    view.hear(3, "".join(f"line {n}\n" for n in range(100)) + "half\rwhole \x1b[31mred\x1b[0m")
    lines = [line.plain.rstrip() for line in view.draw(80, 12)]
    assert len(lines) == 12
    assert lines[2:10] == [*(f" line {n}" for n in range(93, 100)), " whole red"]
    view.press("page-up")
    assert [line.plain.strip() for line in view.draw(80, 12)][2] == "line 85"
    view.hear(3, "\nmore\n")
    assert [line.plain.strip() for line in view.draw(80, 12)][2] == "line 85"
    view.press("end")
    assert [line.plain.strip() for line in view.draw(80, 12)][9] == "more"
    view.hear(3, "x" * 200 + "\n")
    assert all(line.cell_len <= 80 for line in view.draw(80, 12))


def test_numbers_are_said_as_people_do():
    assert [rough(seconds) for seconds in (-5, 42, 600, 7200, 864_000)] == [
        "0 s",
        "42 s",
        "10 min",
        "2 h",
        "10 days",
    ]
    assert [rate(number) for number in (0.1, 2, 20.4)] == ["6.0/h", "2.0/min", "20/min"]
    assert (bar(1, 1000, 10).plain, bar(999, 1000, 10).plain) == ("█" + "░" * 9, "█" * 9 + "░")


class Answers:
    """What operations answer, by name."""

    def __init__(self, **answers):
        self._answers = answers

    async def dispatch(self, operation, data):
        answer = self._answers.get(operation.replace(".", "_"), NotFound("unknown-operation", "there is none"))
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_picture_is_taken_of_what_there_is():
    runs = [run("old", "finished", ended=NOW), *(run(f"o{n}", "cancelled") for n in range(9)), run("r1")]
    people = {"items": [item("a", kind="task"), item("b")]}
    active = {"items": [task("a"), task("b")], "total": 2}
    taken = await take_picture(Answers(run_list={"items": runs}, inbox_list=people, task_active=active))
    assert [one["run_id"] for one in taken.runs] == ["r1", "old", "o0", "o1", "o2", "o3"]
    assert [one["task_id"] for one in taken.working] == ["b"], "a person has the other"
    assert (taken.waiting, taken.forecasts, taken.sequence) == ({"r1": []}, {}, 7)
    assert taken.summary()["runs"] == 1
    assert taken.task_of(("run", "r1")) == ("r1", "b", "Do b")
    assert taken.task_of(("item", "task:a")) == ("r1", "a", "May a?")
    assert taken.run_of(("item", "gate:b"))["run_id"] == "r1"
    assert (await take_picture(Answers())).keys() == []
    with pytest.raises(Unavailable):
        await take_picture(Answers(run_list=Unavailable("no-storage", "it is gone")))
