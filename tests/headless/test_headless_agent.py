"""An agent of a preset: what its program gets, and when it is ended."""

import json

import pytest
import trio
from headless_assignments import Journal, fake_agent, make_assignment, until

from mosaic_headless.agent import HeadlessAgent
from mosaic_headless.configuration import AgentSettings, Config
from mosaic_headless.launching import LONGEST_ARGUMENT
from mosaic_headless.library import read_preset
from mosaic_hookspecs import InputError, TaskSpec

TELL = """
show(kind="end", text=json.dumps({"argv": sys.argv[1:], "environ": dict(os.environ)}))
"""
LOOP = """
for turn in range(10_000):
    show(kind="word", turn=str(turn), text="again " * 20)
    show(kind="spent", **{"in": 100, "out": 10, "usd": 0.01})
"""
SLOW = LOOP + "    time.sleep(0.01)\n"


async def run(path, workspace, program, journal=None, changes=None, **settings):
    agent = fake_agent(path, program, **settings)
    with trio.fail_after(20):
        return await agent.run(make_assignment(path, journal, workspace=workspace, **(changes or {})))


async def test_what_the_program_gets(tmp_path, workspace, monkeypatch):
    monkeypatch.setenv("HEADLESS_API_KEY", "not-so-hidden")
    monkeypatch.setenv("HEADLESS_OTHER", "x")
    changes = {"last_reason": "tests failed: 1", "attempt": 2}
    more = {"model": "m-1", "turns": 7, "arguments": ["--more"], "environment": {"MINE": "2"}}
    result = await run(tmp_path, workspace, TELL, changes=changes, **more)
    assert result.outcome == "succeeded"
    told = json.loads(result.summary.replace("[redacted]", "?"))
    prompt, *options = told["argv"]
    assert options == ["--model", "m-1", "--turns", "7", "--more"]
    for words in ("A.1: Log in", "Cost: $5.", "- I want to log in", "- npm test", "Shop", "tests failed: 1"):
        assert words in prompt
    assert "MCP" not in prompt
    environ = told["environ"]
    assert (environ["FIXED"], environ["MINE"]) == ("1", "2")
    assert environ["HEADLESS_API_KEY"] == "?", "a secret reaches the program, and not the screen"
    assert "HEADLESS_OTHER" not in environ
    assert environ["HOME"].startswith(str(tmp_path))


async def test_the_users_home_and_other_names(tmp_path, workspace, monkeypatch):
    monkeypatch.setenv("HEADLESS_API_KEY", "not-so-hidden")
    monkeypatch.setenv("HEADLESS_OTHER", "x")
    monkeypatch.setenv("HOME", "/home/ada")
    result = await run(tmp_path, workspace, TELL, home="user", inherit=["HEADLESS_OTHER"])
    environ = json.loads(result.summary)["environ"]
    assert (environ["HOME"], environ["HEADLESS_OTHER"]) == ("/home/ada", "x")
    assert "HEADLESS_API_KEY" not in environ


async def test_files_are_laid_into_its_home_and_the_prompt_into_its_input(tmp_path, workspace):
    text = """
title: Filed
argv: [sh, -c, 'cat; cat "$HOME/.config/it/x.json"; echo; echo done']
prompt: stdin
files: {.config/it/x.json: {task: "{task_id}", deep: [1]}}
stream: {format: text, patterns: [{match: '^(?P<result>done)$'}]}
"""
    settings = AgentSettings(preset="filed", prompt="${title}: ${task_id} $$5")
    agent, journal = HeadlessAgent("it", settings, read_preset(text, "p"), Config(), None), Journal()
    result = await agent.run(make_assignment(tmp_path, journal, workspace=workspace))
    assert (result.outcome, result.summary) == ("succeeded", "done")
    assert journal.written == b'Log in: A.1 $5{"task": "A.1", "deep": [1]}\ndone\n'
    assert not list(workspace.path.iterdir()), "the work holds none of them"


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"turns": 3}, ": 3 turns are its limit"),  # by then it may be some turns further
        ({"tokens": 1000}, "tokens: 1000 are its limit"),
        ({"money": 0.05}, "$0.05 is its limit"),
        ({"seconds": 2.0}, "ended after 2 s, which is its limit"),
    ],
)
async def test_a_loop_is_ended_by_its_limit(tmp_path, workspace, limit, words):
    journal = Journal()
    result = await run(tmp_path, workspace, SLOW, journal, **limit)
    assert result.outcome == "failed"
    assert words in result.summary
    assert journal.spent.input_tokens < 100_000
    if "seconds" not in limit:  # by then it may not even have begun
        assert journal.spent.input_tokens > 0


async def test_a_loop_that_tells_no_figures_is_ended_by_an_estimate(tmp_path, workspace):
    without = "\n".join(line for line in SLOW.splitlines() if "usd" not in line)
    journal = Journal()
    result = await run(tmp_path, workspace, without, journal, tokens=500)
    assert result.summary.startswith("ended after about 5")
    assert journal.spent.is_estimated
    assert journal.spent.input_tokens + journal.spent.output_tokens >= 500


async def test_silence(tmp_path, workspace):
    first = await run(tmp_path, workspace, "time.sleep(60)", silence_seconds=0.3)
    assert (first.outcome, "does not answer" in first.summary) == ("released", True)
    program = "show(kind='word', text='I think', turn='1')\ntime.sleep(60)"
    later = await run(tmp_path, workspace, program, silence_seconds=2.0)
    assert (later.outcome, later.summary) == ("failed", "it said nothing for 2 s, and was ended")


async def test_a_program_that_lingers_after_its_last_word_does_not_hold_the_task(tmp_path, workspace):
    result = await run(tmp_path, workspace, "show(kind='end', text='ok')\ntime.sleep(60)")
    assert (result.outcome, result.summary) == ("succeeded", "ok")


@pytest.mark.parametrize(
    ("program", "outcome", "words"),
    [
        ("sys.exit(41)", "failed", "there are no credentials"),
        ("sys.exit(42)", "released", "come back later"),
        ("print('oh', file=sys.stderr); sys.exit(3)", "failed", "it ended with exit code 3: oh"),
        ("print('getaddrinfo ENOTFOUND'); sys.exit(1)", "released", "ENOTFOUND"),
        ("show(kind='error', text='401: no')", "failed", "401: no (set HEADLESS_API_KEY)"),
        ("show(kind='error', text='overloaded'); sys.exit(1)", "released", "overloaded"),
        ("show(kind='error', text='x'); show(kind='end', text='all the same')", "succeeded", "all the same"),
        ("show(kind='end', text='ok'); sys.exit(5)", "succeeded", "ok"),
        ("os.kill(os.getpid(), 9)", "failed", "ended by signal 9"),
    ],
)
async def test_its_words_count_and_not_its_exit_code(tmp_path, workspace, program, outcome, words):
    result = await run(tmp_path, workspace, program)
    assert result.outcome == outcome
    assert words in result.summary


async def test_cancelling_ends_it_and_keeps_what_it_spent(tmp_path, workspace):
    journal = Journal()
    program = (
        "show(kind='word', text='I think', turn='1')\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    with trio.move_on_after(20), trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run, tmp_path, workspace, program, journal)
            await until(lambda: (workspace.path / "pid").exists() and (workspace.path / "pid").read_text())
            scope.cancel()
    assert scope.cancelled_caught
    assert not await trio.Path(f"/proc/{(workspace.path / 'pid').read_text()}").exists()
    assert journal.spent.is_estimated
    assert journal.spent.output_tokens > 0


async def test_what_cannot_even_begin_is_refused_in_words(tmp_path, workspace):
    with pytest.raises(InputError) as raised:
        await run(tmp_path, workspace, TELL, prompt="${what}")
    assert (raised.value.code, raised.value.where) == ("bad-prompt", "plugins.headless.agents.mine.prompt")
    long = TaskSpec(task_id="A.1", work={"description": "x" * LONGEST_ARGUMENT})
    with pytest.raises(InputError) as raised:
        await run(tmp_path, workspace, TELL, changes={"spec": long})
    assert raised.value.code == "prompt-too-long"
    preset = read_preset("title: Gone\nargv: [no-such-agent-anywhere]\nprompt: stdin\n", "p")
    agent = HeadlessAgent("it", AgentSettings(preset="gone"), preset, Config(), None)
    with pytest.raises(InputError) as raised:
        await agent.run(make_assignment(tmp_path, workspace=workspace))
    assert raised.value.code == "no-program"
    with pytest.raises(InputError) as raised:
        await agent.run(make_assignment(tmp_path, workspace=None))
    assert raised.value.code == "no-workspace"


def test_what_it_offers(tmp_path):
    general = fake_agent(tmp_path, "", room=2).offer
    assert general.takes("", frozenset({"anything"}))
    assert general.takes("mine", frozenset())
    assert general.room == 2
    narrow = fake_agent(tmp_path, "", labels=("web",)).offer
    assert narrow.takes("", frozenset({"web"}))
    assert not narrow.takes("", frozenset())


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"seconds": -1.0}, {"home": "mine"}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AgentSettings(preset="claude", **wrong)
