"""What agents print is understood by their presets alone."""

import headless_streams as streams
import pytest
from headless_assignments import Journal, own_preset

from mosaic_headless.listening import LONGEST_LINE, Listener
from mosaic_headless.story import Story
from mosaic_headless.tally import Tally
from mosaic_headless.verdict import judge
from mosaic_hookspecs import Completed, Usage

REPORTED = {
    # input, output, cached, money; None: not reported
    "claude": (225, 42, 40, 0.03),
    "codex": (200, 40, 40, 0.0),
    "opencode": (200, 40, 40, 0.02),
    "qwen": (200, 40, 40, 0.0),
    "gemini": (200, 40, 40, 0.0),
    "pi": (200, 40, 40, 0.02),
    "aider": (2100, 57, 1000, 0.02),
    "copilot": None,
    "cursor": None,
    "goose": (240, 0, 0, 0.0),
    "vibe": None,
}


def hear(preset, data, journal, *, piece=None, model="", is_subscription=False):
    story = Story(journal, Tally(journal, model, is_subscription, "Write it."), preset.overloads)
    listener = Listener(preset.stream, story)
    for start in range(0, len(data), piece or len(data) or 1):
        listener.feed(data[start : start + (piece or len(data))])
    listener.finish()
    story.tally.settle()
    return story


def ended(code=0):
    return Completed(exit_code=code, output=b"", duration_seconds=1.0)


@pytest.mark.parametrize("piece", [None, 7])
@pytest.mark.parametrize("name", REPORTED)
def test_a_small_attempt(name, piece, tmp_path):
    preset, journal = own_preset(name, tmp_path), Journal()
    story = hear(preset, getattr(streams, name.upper()), journal, piece=piece, model="m-1")
    result = judge(preset, story, ended(), "")
    assert result.outcome == "succeeded"
    if name != "aider":
        assert result.summary == "It is written."
    shown = journal.written.decode()
    for words in ("Writing.", "→ ", "a.txt", "It is written."):
        assert words in shown or name == "cursor"
    assert shown.count("Writing.") == 1
    assert '"type"' not in shown
    if REPORTED[name] is None:
        assert journal.spent.is_estimated
        assert journal.spent.input_tokens > 0 < journal.spent.output_tokens
        return
    spent = journal.spent
    found = (spent.input_tokens, spent.output_tokens, spent.cached_tokens, round(spent.money, 6))
    assert found == REPORTED[name]
    assert not spent.is_estimated
    models = {usage.model for usage in journal.usages}
    assert models == ({"m-1", "m-small"} if name == "claude" else {"m-1"})


@pytest.mark.parametrize("name", [name for name in REPORTED if name != "claude"])
def test_a_refusal_is_a_failure_whatever_the_exit_code_says(name, tmp_path):
    preset = own_preset(name, tmp_path)
    story = hear(preset, getattr(streams, f"{name.upper()}_REFUSED"), Journal())
    for code in (0, 1):
        result = judge(preset, story, ended(code), "")
        assert result.outcome == "failed"
        assert preset.login in result.summary


def test_an_overloaded_endpoint_is_nobodys_fault(tmp_path):
    preset = own_preset("claude", tmp_path)
    result = judge(preset, hear(preset, streams.CLAUDE_FULL, Journal()), ended(1), "")
    assert (result.outcome, result.summary) == ("released", "The service has no room.")
    preset = own_preset("codex", tmp_path)
    for words in (
        "unexpected status 529",
        "error sending request for url",
        "Rate limit reached",
        "ECONNREFUSED",
    ):
        data = streams.lines({"type": "turn.failed", "error": {"message": words}})
        assert judge(preset, hear(preset, data, Journal()), ended(1), "").outcome == "released"
    # What the model says of such things is not meant.
    data = streams.lines(
        {
            "type": "item.completed",
            "item": {"id": "1", "type": "agent_message", "text": "It answers 429: overloaded"},
        },
        {"type": "turn.failed", "error": {"message": "I am lost"}},
    )
    assert judge(preset, hear(preset, data, Journal()), ended(1), "").outcome == "failed"


def test_an_end_without_a_word_is_a_failure(tmp_path):
    preset = own_preset("codex", tmp_path)
    story = hear(preset, streams.CODEX[:-150] + b"\npanic: oh\n", Journal())
    assert judge(preset, story, ended(), "").summary.startswith("it ended without saying that it is done")
    killed = judge(preset, story, ended(-9), "")
    assert killed.outcome == "failed"
    assert killed.summary.startswith("it was ended by signal 9")
    assert "panic: oh" in killed.summary
    assert judge(
        own_preset("gemini", tmp_path), hear(preset, b"", Journal()), ended(41), ""
    ).summary.startswith("there are no credentials")


def test_a_subscription_costs_nothing_more(tmp_path):
    journal = Journal()
    hear(own_preset("claude", tmp_path), streams.CLAUDE, journal, is_subscription=True)
    assert journal.spent.money == 0.0
    assert journal.spent.is_subscription
    assert journal.spent.input_tokens == 225


def test_usage_comes_as_it_is_told(tmp_path):
    journal, preset = Journal(), own_preset("claude", tmp_path)
    head = b"".join(streams.CLAUDE.splitlines(keepends=True)[:3])
    story = Story(journal, Tally(journal, "", False, "x" * 400), preset.overloads)
    listener = Listener(preset.stream, story)
    listener.feed(head)
    assert journal.usages == [Usage(input_tokens=105, output_tokens=1, cached_tokens=40, model="m-1")]
    assert story.turns == 1


def test_without_figures_each_turn_reads_all_before():
    journal = Journal()
    tally = Tally(journal, "m", False, "x" * 400)
    tally.wrote(40)
    assert tally.total == Usage(input_tokens=100, output_tokens=10, is_estimated=True)
    tally.asked_again()
    tally.read(400)
    tally.asked_again()
    tally.settle()
    assert journal.spent == Usage(input_tokens=100 + 110 + 210, output_tokens=10, is_estimated=True, model="m")
    tally.all({"m": Usage(input_tokens=500, output_tokens=10)})
    assert journal.spent.input_tokens == 500


def test_lines_that_are_not_of_the_stream_are_shown_and_endless_ones_left_out(tmp_path):
    journal, preset = Journal(), own_preset("codex", tmp_path)
    story = Story(journal, Tally(journal, "", False, ""), preset.overloads)
    listener = Listener(preset.stream, story)
    listener.feed(b"WARNING: old\n[1, 2]\n\n" + b"x" * (LONGEST_LINE + 1))
    listener.feed(b"yy\n" + streams.CODEX)
    listener.finish()
    shown = journal.written.decode()
    assert shown.startswith("WARNING: old\n[1, 2]\n(a line of more than")
    assert story.is_done
    assert len(shown) < 1000
