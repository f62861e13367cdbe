"""What the documents promise is there: hooks with their arguments, commands, files, links."""

import inspect
import re
import shlex
from pathlib import Path

import attrs
import click
import pytest
from reference_pages import declared_operations, embedding

import mosaic_kernel
from mosaic_cli.main import mosaic
from mosaic_hookspecs import EVENT_KINDS, HOOK_POLICIES, Hooks, Operation, OperationKind

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


def test_every_field_and_kind_of_an_operation_is_documented():
    assert list(declared_operations.FIELDS) == [field.name for field in attrs.fields(Operation)]
    assert list(declared_operations.KINDS) == list(OperationKind)
    assert declared_operations.section() in (ROOT / "docs/reference/hooks.md").read_text("utf-8")


def test_everything_for_embedding_programs_is_documented():
    text = (ROOT / "docs/reference/embedding.md").read_text("utf-8")
    assert [name for name in mosaic_kernel.__all__ if f"`{name}`" not in text] == []
    for kernel in embedding.KERNELS:
        for name, member in embedding.public_members(kernel).items():
            assert f"{kernel.__name__}.{name}" in text
            assert inspect.getdoc(member.fget if isinstance(member, property) else member)
    for argument in list(inspect.signature(mosaic_kernel.Kernel).parameters):
        assert f"| `{argument}` |" in text


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
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target
