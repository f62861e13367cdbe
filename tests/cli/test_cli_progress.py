import pytest
from rich.console import Console

from mosaic_cli.live_view import RunPicture
from mosaic_cli.plain_view import print_line
from mosaic_cli.progress import Progress
from mosaic_cli.times import duration


def make_progress():
    progress = Progress(title="Bookshop")
    for number in range(4):
        progress.add(
            {
                "task_id": f"t{number}",
                "title": f"Do {number}",
                "state": "blocked",
                "path": ["Shop", "Books"] if number < 2 else ["Shop", "Authors"],
            }
        )
    return progress


def test_events_move_tasks():
    progress = make_progress()
    steps = [
        ("task.claimed", {}, "leased"),
        ("task.refused", {"until": 5, "reason": "no"}, "delayed"),
        ("task.awoken", {}, "ready"),
        ("task.claimed", {}, "leased"),
        ("task.reported", {}, "reported"),
        ("task.merging", {}, "merging"),
        ("task.accepted", {}, "accepted"),
    ]
    for kind, body, state in steps:
        assert progress.see(kind, "t0", body).state == state
    assert progress.see("task.refused", "t1", {"until": None, "reason": "no"}).state == "failed"
    assert progress.see("task.renewed", "t1", {}) is None
    assert progress.see("task.claimed", "unknown", {}) is None
    assert progress.counts() == {
        "accepted": 1,
        "active": 0,
        "failed": 1,
        "skipped": 0,
        "waiting": 2,
        "total": 4,
    }


def test_output_is_kept_while_a_task_works():
    progress = make_progress()
    progress.see("task.claimed", "t0", {})
    progress.hear("t0", b"one\ntwo\n")
    assert progress.tasks["t0"].output == "two"
    progress.see("task.accepted", "t0", {})
    assert progress.tasks["t0"].output == ""


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_picture_fits_every_terminal(width):
    progress = make_progress()
    progress.see("task.claimed", "t0", {})
    progress.hear("t0", b"\x1b[2Jwriting a very long line " * 20)
    progress.see("task.refused", "t2", {"until": None, "reason": "the check 'tests' failed"})
    console = Console(width=width, height=20, record=True, force_terminal=True, color_system=None)
    console.print(RunPicture(progress))
    text = console.export_text()
    assert "0 of 4 accepted" in text or width < 80
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text
    assert "Do 0" in text


def test_plain_lines(capsys):
    progress = make_progress()
    for kind, body in (("task.claimed", {}), ("task.reported", {}), ("task.accepted", {})):
        line = progress.see(kind, "t0", body)
        print_line(progress, line)
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "[0/4] start  t0  Do 0"
    assert out[1].startswith("[1/4] accept t0  Do 0 (")
    assert len(out) == 2


@pytest.mark.parametrize(
    ("agent", "told"), [("claude", "(claude)"), ("person", "(person: see `mosaic inbox`)"), ("a\x1b[2J", "(a")]
)
def test_who_has_a_task_is_told(capsys, agent, told):
    progress = make_progress()
    print_line(progress, progress.see("task.claimed", "t0", {"agent": agent}))
    out = capsys.readouterr().out
    assert out.startswith(f"[0/4] start  t0  Do 0 {told}")
    assert "\x1b" not in out
    console = Console(width=80, height=20, record=True, force_terminal=True, color_system=None)
    console.print(RunPicture(progress))
    assert agent in console.export_text() or "\x1b" in agent


def test_durations():
    assert [duration(s) for s in (4.21, 185, 7800)] == ["4.2 s", "3 min 05 s", "2 h 10 min"]
