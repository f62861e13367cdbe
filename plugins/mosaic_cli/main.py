"""The ``mosaic`` program: finds the command, and turns errors into words and exit codes.

Owns the exit codes: 0 all accepted; 1 something failed; 2 bad usage or configuration; 3 waiting for
an agent or an approval; 130 interrupted. Refuses to show a traceback for a user's mistake.
"""

from __future__ import annotations

import contextlib
import os
import sys

import click

from .group import LazyGroup

COMMANDS = {
    "agents": ("mosaic_cli.agents_command:agents", "List who can work here, and what each holds."),
    "approve": ("mosaic_cli.task_commands:approve", "Answer a task's approval gate."),
    "call": ("mosaic_cli.call_command:call", "Carry out any operation by its name."),
    "cancel": ("mosaic_cli.task_commands:cancel", "Cancel a run, or one task of it."),
    "completion": ("mosaic_cli.completion_command:completion", "Print shell completion for bash, zsh or fish."),
    "config": ("mosaic_cli.config_commands:config", "Show and check the configuration."),
    "costs": ("mosaic_cli.costs_command:costs", "Tell what work has cost."),
    "dev": ("mosaic_cli.dev_command:dev", "Run a plugin project, and reload it whenever you save."),
    "doctor": ("mosaic_cli.doctor_command:doctor", "Say what is well, what is not, and the cure."),
    "inbox": ("mosaic_cli.inbox_commands:inbox", "See what waits for a person, and deal with it."),
    "init": ("mosaic_cli.init_command:init", "Write a mosaic.yaml to start from."),
    "log": ("mosaic_cli.storage_commands:log", "Verify the event log."),
    "logs": ("mosaic_cli.task_commands:logs", "Show what a task's attempts printed."),
    "mcp": ("mosaic_cli.mcp_command:mcp", "Speak MCP on standard input and output, for a coding agent."),
    "mcp-servers": (
        "mosaic_cli.mcp_servers_commands:mcp_servers",
        "Review and approve the tools of external MCP servers.",
    ),
    "messages": ("mosaic_cli.message_commands:messages", "Write to agents and people, and read their answers."),
    "open": ("mosaic_cli.open_command:open_", "Open what runs in the browser, signed in."),
    "pause": ("mosaic_cli.run_commands:pause", "Start no more attempts of a run."),
    "plan": ("mosaic_cli.plan_commands:plan", "Make, check, show, import and export plans."),
    "plugins": ("mosaic_cli.plugin_commands:plugins", "List, make, reload, swap and lock plugins."),
    "resume": ("mosaic_cli.run_commands:resume", "Resume a paused run."),
    "retry": ("mosaic_cli.task_commands:retry", "Try failed tasks again."),
    "run": ("mosaic_cli.run_command:run", "Run a goal, a PRD, a plan or a workflow to verified work."),
    "runs": ("mosaic_cli.run_commands:runs", "List runs."),
    "status": ("mosaic_cli.run_commands:status", "Show how a run stands."),
    "storage": ("mosaic_cli.storage_commands:storage", "Back up, restore, check and rebuild the storage."),
    "top": ("mosaic_cli.top_command:top", "Watch everything that happens here, live, in a terminal."),
    "why": ("mosaic_cli.task_commands:why", "Say why a task is not running."),
    "workflow": ("mosaic_cli.workflow_commands:workflow", "Check workflows; print their JSON Schema."),
}
"""Every built-in command: where it is, and its line in the help. Plugins' own come from manifests."""

WIDEST = 100
EPILOG = "Exit codes: 0 all accepted, 1 failed, 2 bad usage, 3 waiting for somebody, 130 interrupted."


@click.group(
    cls=LazyGroup,
    index=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
)
@click.version_option(package_name="mosaic-stack", prog_name="mosaic")
def mosaic() -> None:
    """Turn a goal or a PRD into a checked plan and verified work."""


def _help_width() -> int:
    """Find the width of the help as click does, without shutil, whose import costs a tenth of the help."""
    wanted = os.environ.get("COLUMNS", "")
    columns = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
    if not columns:
        with contextlib.suppress(OSError):
            columns = os.get_terminal_size(1).columns
    return max(min(columns or 80, WIDEST) - 2, 50)


def _say_where_options_go(error: click.ClickException) -> None:
    """Say that an option which every command has goes behind the command."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.parent is None:
        from .session import SHARED

        if error.option_name in SHARED:
            click.echo(
                f"{error.option_name} goes behind the command, as in `mosaic plugins list -C DIR`.", err=True
            )


def main() -> None:
    """Run the command line and exit the process with the code that says how it ended."""
    try:
        code = mosaic.main(prog_name="mosaic", standalone_mode=False, terminal_width=_help_width())
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        from .failures import show

        show(error)
        _say_where_options_go(error)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:  # noqa: BLE001 - `report` raises again what nobody explains
        from .failures import report

        code = report(error)
    sys.exit(code if isinstance(code, int) else 0)
