"""Leads a person to the pages of the system that serves: a link that is good once, and their browser.

Owns when a browser is opened unasked: where somebody sits at this machine's own screen. Refuses to tell the
link to anybody else: it goes to a terminal, or in a file for this user alone, and never to the command line of
a browser, which every user of the machine can read.
"""

from __future__ import annotations

import contextlib
import html
import os
import secrets
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .session import Session

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

LINK = "http.link"
_ELSEWHERE = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "CI")
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
_WITH_A_SCREEN = ("darwin", "win32")


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether whoever started this sees the windows that it opens."""
    if any(environment.get(name) for name in _ELSEWHERE):
        return False
    return platform in _WITH_A_SCREEN or any(environment.get(name) for name in _SCREENS)


def is_watched() -> bool:
    """Whether a person reads what this process prints."""
    return sys.stderr.isatty() and sys.stdout.isatty()


async def show_door(session: Session, kernel: Kernel, *, opens: bool | None) -> None:
    """Print where to watch what this kernel does, if it is served and somebody reads that; open the browser
    there if `opens`, or if that is not said and somebody sits at this machine's screen.

    Raises:
        Unavailable: it was asked for (`opens`), and it is not served.
    """
    from mosaic_hookspecs.errors import NotFound, Unavailable

    is_told = is_watched() and not session.as_json
    if not (is_told or opens):
        return
    try:
        link: Any = await kernel.dispatch(LINK, {})
    except (NotFound, Unavailable) as error:
        if opens:
            raise not_served(error) from None
        return
    if is_told:
        about = "good once, for five minutes; `mosaic open` gives another"
        click.echo(f"Watch it: {link.url}  ({about})", err=True)
    if opens or (opens is None and has_screen(os.environ, sys.platform)):
        # Another one than what was printed, which somebody may still want to use.
        open_browser((await kernel.dispatch(LINK, {})).url, kernel.state_directory)


def open_browser(url: str, state_directory: Path) -> threading.Thread:
    """Open a link in the browser, by a page for this user alone. Returns the thread that does so."""
    page = _page_of(url, state_directory)
    thread = threading.Thread(target=_open, args=(page.as_uri(),), daemon=True)
    thread.start()
    return thread


def _open(address: str) -> None:
    import webbrowser

    with contextlib.suppress(Exception):  # whoever has no browser has the link
        webbrowser.open(address)


def _page_of(url: str, state_directory: Path) -> Path:
    """Write a page that leads on to a link; in a moment the link is used, and the page leads nowhere."""
    folder = state_directory.absolute() / "http"
    folder.mkdir(parents=True, exist_ok=True)
    partial, page = folder / f".open-{secrets.token_hex(4)}", folder / "open.html"
    target = html.escape(url, quote=True)
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0;url={target}"><title>Mosaic</title></head>'
        f'<body><p><a href="{target}">Go on to Mosaic</a></p></body></html>\n'
    )
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(page)
    return page


def not_served(error: Exception) -> Exception:
    """Return why there is no link, with the cure."""
    from mosaic_hookspecs.errors import NotFound, Unavailable

    if isinstance(error, NotFound):
        return Unavailable(
            "http-not-served",
            "Mosaic is not served over HTTP: the plugin http is not running",
            hint='It needs `pip install -e ".[http]"`; `mosaic plugins info http` says how it stands.',
        )
    return error
