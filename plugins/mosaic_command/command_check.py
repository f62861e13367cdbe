"""The check ``command``: passes if a command ends with exit code 0."""

from __future__ import annotations

from mosaic_hookspecs import Check, CheckOutcome, Directory, OnOutput

from .command_line import read_command, read_environment, refuse_unknown

_KEYS = ("run", "argv", "shell", "environment")


class CommandCheck:
    """Runs ``command`` checks: parameters ``run`` or ``argv``, ``shell``, ``environment``."""

    @property
    def name(self) -> str:
        """The kind of check."""
        return "command"

    async def run(self, check: Check, directory: Directory, on_output: OnOutput) -> CheckOutcome:
        """Run the command within the check's time; see `mosaic_hookspecs.CheckRunner`."""
        where = f"checks.{check.name}"
        refuse_unknown(check.parameters, _KEYS, where)
        completed = await directory.execute(
            read_command(check.parameters, where),
            environment=read_environment(check.parameters, where),
            timeout_seconds=check.timeout_seconds,
            on_output=on_output,
        )
        if completed.timed_out:
            summary = f"did not end within {check.timeout_seconds:g} seconds"
        elif completed.exit_code < 0:
            summary = f"ended by signal {-completed.exit_code}"
        else:
            summary = f"exit code {completed.exit_code}"
        return CheckOutcome(
            passed=completed.exit_code == 0 and not completed.timed_out,
            exit_code=completed.exit_code,
            summary=summary,
            output=completed.output,
        )
