"""Commands of plugins inside of groups: `plugins new` is the command `new` of the group `plugins`."""

import click
import pytest
from click.testing import CliRunner

from mosaic_cli import plugin_index
from mosaic_cli.group import LazyGroup

COMMANDS = {
    "greet": ("author_targets:greet", "Greet."),
    "plugins new": ("author_targets:greet", "Make one."),
    "plugins list": ("author_targets:greet", "Never: the group's own wins."),
    "plugins a b": ("author_targets:greet", "Too deep."),
    "other new": ("author_targets:greet", "Of another group."),
    "bad": ("author_targets:nothing", "No command."),
}


@pytest.fixture
def groups(monkeypatch):
    monkeypatch.setattr(plugin_index, "plugin_commands", lambda: COMMANDS)

    @click.group(cls=LazyGroup, index={"built": ("author_targets:greet", "Built in.")})
    def top():
        """The top."""

    @top.command(cls=LazyGroup, path="plugins", name="plugins")
    def plugins():
        """The group."""

    @plugins.command("list")
    def list_():
        """List them."""
        click.echo("own")

    return top, plugins


def run(group, *argv):
    return CliRunner().invoke(group, argv, prog_name="mosaic")


def test_each_group_has_its_own(groups):
    top, plugins = groups
    context = click.Context(plugins)
    assert plugins.list_commands(context) == ["list", "new"]
    assert top.list_commands(context) == ["bad", "built", "greet", "plugins"]


def test_commands_run(groups):
    top, _ = groups
    assert run(top, "greet").output == "hello\n"
    assert run(top, "plugins", "new").output == "hello\n"
    assert run(top, "plugins", "list").output == "own\n"


def test_help_tells_them_apart_without_importing(groups, monkeypatch):
    monkeypatch.setitem(COMMANDS, "plugins new", ("no_such_module:new", "Make one."))
    top, _ = groups
    text = run(top, "plugins", "--help").output
    assert text.index("list  List them.") < text.index("Commands of plugins:") < text.index("new  Make one.")
    assert "Too deep" not in run(top, "--help").output


def test_what_there_is_not_is_told_with_the_nearest(groups):
    top, _ = groups
    assert "Did you mean 'new'?" in run(top, "plugins", "knew").output
    assert "`mosaic plugins --help` lists them." in run(top, "plugins", "xyz").output


def test_a_target_that_is_no_command_is_told(groups):
    top, _ = groups
    done = run(top, "bad")
    assert done.exit_code != 0
    assert "is not a click command" in done.output
