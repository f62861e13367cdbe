"""Puts a command into a sandbox: read-only machine without its secrets, writable workspace, no network, no
privileges.

Owns the command line of bubblewrap, and finding out whether it works here (it may be installed and
still be forbidden).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from mosaic_hookspecs import Unavailable

from .hiding import is_below

_PROBE_SECONDS = 10.0
_SERVICES = Path("/run")
_RESOLVER = _SERVICES / "systemd" / "resolve"
_HIDDEN = Path("/tmp")  # noqa: S108 - what the sandbox replaces by an empty one of its own


@attrs.frozen(kw_only=True)
class Confinement:
    """A sandbox for the processes of one workspace."""

    program: str
    network: bool

    def wrap(  # noqa: PLR0913 - what a sandbox shows
        self,
        argv: Sequence[str],
        directory: Path,
        writable: Path,
        readable: Sequence[Path],
        *,
        hidden: Sequence[Path] = (),
        fixed: Sequence[Path] = (),
    ) -> list[str]:
        """Return the command that runs `argv` in `directory` with only `writable` writable, but for what is
        `fixed` in it. `readable` are directories that it must see even where they lie in what the sandbox
        hides, which is `hidden` besides the machine's temporary files and services.
        """
        wrapped = [self.program, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        # Sockets of the machine's services stand under /run: a read-only mount would not keep it off them.
        wrapped += ["--tmpfs", str(_HIDDEN), "--tmpfs", str(_SERVICES)]
        if self.network and _RESOLVER.is_dir():
            wrapped += ["--ro-bind", str(_RESOLVER), str(_RESOLVER)]
        for path in hidden:
            if not is_below(path, (_HIDDEN, _SERVICES)):
                wrapped += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
        for path in (*readable, Path(sys.prefix), Path(sys.base_prefix)):
            if is_below(path, (_HIDDEN, *hidden)):
                wrapped += ["--ro-bind", str(path), str(path)]
        wrapped += ["--bind", str(writable), str(writable)]
        for path in fixed:
            wrapped += ["--ro-bind", str(path), str(path)]
        wrapped.append("--unshare-all")
        if self.network:
            wrapped.append("--share-net")
        wrapped += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        return [*wrapped, "--chdir", str(directory), "--", *argv]


def find_confinement(confine: str, *, network: bool) -> Confinement | None:
    """Return the sandbox that the configuration asks for; None for none.

    Blocks for some milliseconds, to try it out.

    Raises:
        Unavailable: it is asked for always, and does not work here (code ``no-confinement``).
    """
    if confine == "never":
        return None
    program = shutil.which("bwrap")
    reason = "bwrap is not installed"
    if program is not None:
        confinement = Confinement(program=program, network=network)
        reason = _why_not(confinement)
        if not reason:
            return confinement
    if confine == "auto":
        return None
    raise Unavailable(
        "no-confinement",
        "processes are to be confined always, and cannot be",
        expected="a bubblewrap that works",
        got=reason,
        hint="Install it (apt install bubblewrap) and allow user namespaces, or set confine to auto.",
    )


def _why_not(confinement: Confinement) -> str:
    argv = confinement.wrap(["true"], Path("/"), Path("/var/empty"), ())
    at = argv.index("--bind")
    del argv[at : at + 3]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            argv, capture_output=True, timeout=_PROBE_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.decode(errors="replace").strip()[:300] or f"it ended with {done.returncode}"


def sandbox_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment inside a sandbox: its temporary directory is its own."""
    return {**environment, "TMPDIR": str(_HIDDEN)}
