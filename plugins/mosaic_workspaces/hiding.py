"""What a sandbox hides of the machine: Mosaic's own state, and the keys and logins of its user.

A read-only view keeps nobody from reading a token, nor from calling at a socket: with either, a process in the
sandbox would be the person. Refuses to guess at what else is secret: that is for `hide` to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

KEYS = (
    "~/.ssh",
    "~/.gnupg",
    "~/.aws",
    "~/.azure",
    "~/.kube",
    "~/.docker",
    "~/.config/gcloud",
    "~/.config/gh",
    "~/.config/glab-cli",
    "~/.config/hub",
    "~/.password-store",
    "~/.local/share/keyrings",
    "~/.mozilla",
    "~/.config/google-chrome",
    "~/.config/chromium",
    "~/.netrc",
    "~/.git-credentials",
    "~/.npmrc",
    "~/.pypirc",
    "~/.pgpass",
    "~/.vault-token",
    "~/.bash_history",
    "~/.zsh_history",
)
"""Where the keys of many people are."""
LOGINS = (
    "~/.claude",
    "~/.claude.json",
    "~/.codex",
    "~/.copilot",
    "~/.cursor",
    "~/.gemini",
    "~/.qwen",
    "~/.vibe",
    "~/.pi",
    "~/.config/goose",
    "~/.config/opencode",
    "~/.local/share/opencode",
)
"""Where coding agents keep the logins of a person."""


def hidden_places(state: Path, wanted: Sequence[str]) -> tuple[Path, ...]:
    """Return what is there of the `state` directory and of the `wanted` places, without links, each once."""
    places = [state, *_led_to(state), *(Path(os.path.expanduser(place)) for place in wanted)]  # noqa: PTH111 - "~nobody" stays
    found = {Path(os.path.realpath(place)) for place in places if os.path.lexists(place)}
    there = [place for place in found if place.exists()]
    return tuple(sorted(place for place in there if not any(other in place.parents for other in there)))


def _led_to(state: Path) -> Iterable[Path]:
    """Yield what lies in the state directory by a link: its sockets, where its path is too long for them."""
    try:
        yield from [Path(entry.path) for entry in os.scandir(state) if entry.is_symlink()]
    except OSError:
        return


def is_below(path: Path, places: Iterable[Path]) -> bool:
    """Whether a path is one of these places, or in one."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(place) for place in places)
