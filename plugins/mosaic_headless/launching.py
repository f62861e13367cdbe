"""What is run for an attempt: the preset's words filled with the agent's settings and the attempt's values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs.agents import Assignment
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.workspace import Directory

from .configuration import AgentSettings
from .lending import Loan
from .preset import Preset
from .templates import OPTIONS, fill

LONGEST_ARGUMENT = 120_000  # Linux takes 128 KiB
_WRITE = 'mkdir -p -- "$(dirname -- "$HOME/$0")" && umask 077 && cat > "$HOME/$0"'


@attrs.frozen(kw_only=True)
class Launch:
    """One run of a program: `files` stand in its home."""

    argv: list[str]
    environment: dict[str, str] = attrs.field(repr=False)
    stdin: bytes = b""
    files: Mapping[str, str] = attrs.field(factory=dict, repr=False)


def prepare(  # noqa: PLR0913 - all that a command line is made of
    preset: Preset,
    settings: AgentSettings,
    assignment: Assignment,
    directory: Directory,
    prompt: str,
    loan: Loan,
) -> Launch:
    """Make the command line of an attempt.

    Raises:
        InputError: the prompt is too long for an argument (code ``prompt-too-long``).
    """
    values: dict[str, Any] = {
        **loan.values,
        "prompt": prompt,
        "model": settings.model,
        "workspace": str(directory.path),
        "run_id": assignment.run_id,
        "task_id": assignment.spec.task_id,
        "turns": str(settings.turns or ""),
        "money": f"{settings.money:g}" if settings.money else "",
    }
    size = len(prompt.encode(errors="surrogateescape"))
    if preset.prompt == "argument" and size > LONGEST_ARGUMENT:
        raise InputError(
            "prompt-too-long",
            f"{preset.title} takes its prompt as an argument, and this one is too long for that",
            expected=f"at most {LONGEST_ARGUMENT} bytes",
            got=f"{size} bytes",
            hint="Shorten the task's description.",
        )
    options = _options(preset, settings, loan, values)
    argv: list[str] = []
    for part in preset.argv:
        argv += options if part == OPTIONS else [fill(part, values)]
    if OPTIONS not in preset.argv:
        argv += options
    return Launch(
        argv=argv,
        environment=_environment(preset, settings, loan, values),
        stdin=prompt.encode(errors="surrogateescape") if preset.prompt == "stdin" else b"",
        files={name: fill(text, values) for name, text in {**preset.files, **loan.hand_over.files}.items()},
    )


def _options(preset: Preset, settings: AgentSettings, loan: Loan, values: Mapping[str, Any]) -> list[str]:
    parts: list[Any] = [
        *(preset.model if settings.model else ()),
        *(preset.turns if settings.turns else ()),
        *(preset.money if settings.money else ()),
        *loan.hand_over.argv,
    ]
    return [*(fill(part, values) for part in parts), *settings.arguments]


def _environment(
    preset: Preset, settings: AgentSettings, loan: Loan, values: Mapping[str, Any]
) -> dict[str, str]:
    names = preset.inherit if settings.inherit is None else settings.inherit
    own = {**preset.environment, **loan.hand_over.environment}
    environment = {
        # By their names the workspace knows them for secrets, wherever else the preset writes them.
        **loan.values.get("variables", {}),
        **{name: os.environ[name] for name in names if name in os.environ},
        **{name: fill(value, values) for name, value in own.items()},
        **settings.environment,
    }
    if not has_own_home(preset, settings) and "HOME" in os.environ:
        environment.setdefault("HOME", os.environ["HOME"])
    return environment


def has_own_home(preset: Preset, settings: AgentSettings) -> bool:
    """Whether the agent's home is the attempt's, in which files may be put; else it is a person's."""
    return "HOME" not in settings.environment and (settings.home or preset.home) != "user"


async def write_files(launch: Launch, directory: Directory) -> None:
    """Put the files of a launch into the home of the workspace's processes, which only they know.

    Raises:
        InputError: one cannot be written (code ``no-home``).
    """
    if "HOME" in launch.environment:
        return  # the user's own home is the user's to configure
    for name, text in launch.files.items():
        done = await directory.execute(["/bin/sh", "-c", _WRITE, name], stdin=text.encode())
        if done.exit_code != 0:
            said = done.output.decode(errors="replace").strip()
            raise InputError("no-home", f"{name} cannot be written into the agent's home", got=said[:200])
