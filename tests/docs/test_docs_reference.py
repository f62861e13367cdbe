"""What the documents promise is there: hooks with their arguments, commands, files, links."""

import inspect
import re
import shlex
from pathlib import Path

import click
import pytest

from mosaic_cli.main import mosaic
from mosaic_hookspecs import EVENT_KINDS, HOOK_POLICIES, Hooks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


@pytest.mark.parametrize("hook", HOOK_POLICIES)
def test_every_hook_is_documented_with_its_exact_arguments(hook):
    names = [name for name in inspect.signature(getattr(Hooks, hook)).parameters if name != "self"]
    text = (ROOT / "docs/reference/hooks.md").read_text("utf-8")
    assert f"### `{hook}({', '.join(names)})`" in text


def test_every_event_is_documented():
    text = (ROOT / "docs/reference/events.md").read_text("utf-8")
    assert [kind for kind in EVENT_KINDS if f"`{kind}`" not in text] == []


def commands_in(text):
    for block in re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            words = line.partition("#")[0].strip()
            match = re.match(r"(?:\$ )?(?:\S*/)?mosaic (.*)", words)
            if match:
                yield shlex.split(match[1].replace("…", "x"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_document_is_one(page):
    if page.name == "command-line.md":
        return  # made from the commands themselves
    for words in commands_in(page.read_text("utf-8")):
        if words[:1] != ["greet"]:  # the example plugin's own
            check_command(mosaic, words)


def check_command(command, words):
    context = click.Context(mosaic, info_name="mosaic")
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(context, words[0])
        assert inner is not None, words
        check_command(inner, words[1:])
        return
    options = {name for parameter in command.params for name in parameter.opts}
    used = {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
    assert used <= options | {"-h", "--help", "--version"}, (command.name, used - options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_included_files_exist():
    for page in (ROOT / "docs").rglob("*.md"):
        # A formatter of Python may take the mark of an inclusion for an expression, and space it out.
        for line in re.findall(r"^.*8 ?< ?-.*$", page.read_text("utf-8"), re.MULTILINE):
            included = re.fullmatch(r'--8<-- "([^"]+)"', line)
            assert included, (page, line)
            assert (ROOT / included[1]).exists(), line
