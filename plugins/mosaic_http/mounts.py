"""Applications of other plugins that are served on the same port: pages, MCP and the like.

A provider of the port ``transport`` or ``ui`` lends its application by attributes:

- ``asgi_path``: where it is mounted, such as ``/mcp``, or several such paths; ``/`` takes what nobody else
  does;
- ``asgi(scope, receive, send)``: the ASGI 3 application (HTTP and WebSocket; the lifespan is the plugin's own).
  It gets the whole path, with the mount in ``root_path``, and ``scope["state"]["mosaic"]``: who has come in, as
  ``{"name", "kind", "permissions", "csrf"}`` (`csrf` is "" without a browser's session), or None; a form of
  one of its pages is to hold that `csrf` as a field, which it looks at itself. Its requests are calls of the
  provider in flight, which a reload waits for; an application with requests that last, which it ends by itself
  in ``mosaic_drain``, is an object that cannot be called and has a method ``serve`` instead;
- ``asgi_is_open`` (False if it is not there): whether it lets people in by itself, as MCP does with tokens of
  its own. Names, origins and rates are looked at before, all the same.

Paths that lead elsewhere (``..``, encoded in whatever way) reach no application. Answers of one get the headers
that protect browsers where it does not set them itself. An answer to GET that is a stream of events does not
keep this plugin from being replaced; of another one that has no end the application says so by calling
``scope["extensions"]["mosaic.endless"]``. By calling ``mosaic.end`` there it ends the connection, itself
included.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, MosaicError

from .answers import SAFETY, Send
from .guard import Visitor
from .requests import BoundedBody, Receive
from .routes import ROOT

_PORTS = ("transport", "ui")
_STARTS = ("http.response.start", "websocket.http.response.start")


@attrs.frozen(kw_only=True)
class Mount:
    """An application, and where it stands."""

    path: str
    is_open: bool
    provider: Any

    @property
    def app(self) -> Callable[[Any, Any, Any], Awaitable[None]]:
        """The application of whichever generation is in the port now."""
        found = self.provider.asgi
        return found if callable(found) else found.serve  # type: ignore[no-any-return]

    def holds(self, path: str) -> bool:
        """Whether a path is in it."""
        return self.path in ("/", path) or path.startswith(f"{self.path}/")


def mounts_of(context: Context) -> Sequence[Mount]:
    """Return what is mounted now, the longest path first."""
    found = []
    for name in _PORTS:
        port = context.port(name)
        for provider in port.names():
            found += [mount for mount in _mounts_of(port.get(provider)) if mount.path not in (ROOT, "")]
    return sorted(found, key=lambda mount: -len(mount.path))


def _mounts_of(provider: Any) -> Sequence[Mount]:
    try:
        given = provider.asgi_path
        provider.asgi  # noqa: B018 - whether it is there
    except (AttributeError, MosaicError):
        return ()
    try:
        is_open = bool(provider.asgi_is_open)
    except (AttributeError, MosaicError):
        is_open = False
    paths = given if isinstance(given, list | tuple) else (given,)
    return [
        Mount(path="/" if path == "/" else path.rstrip("/"), is_open=is_open, provider=provider)
        for path in paths
        if isinstance(path, str) and path.startswith("/")
    ]


def require_straight(path: str) -> None:
    """Refuse a decoded path that leads elsewhere, whatever it was encoded as.

    Raises:
        InputError: it does (code ``bad-path``).
    """
    if ".." in path and ".." in path.replace("\\", "/").split("/"):
        raise InputError("bad-path", "the path has parts that lead elsewhere", where="path")


async def serve_mount(  # noqa: PLR0913 - a request, and who sends it
    mount: Mount, scope: dict[str, Any], receive: Receive, send: Send, visitor: Visitor | None, most: int
) -> None:
    """Have a mounted application answer; one that lets people in by itself bounds what they send, too.

    Raises:
        InputError: the path leads elsewhere (code ``bad-path``), or the body has more than `most` bytes, and
            nothing was answered yet (code ``body-too-long``).
    """
    require_straight(scope["path"])
    root = "" if mount.path == "/" else mount.path
    inner = {**scope, "root_path": root, "state": {**scope.get("state", {}), "mosaic": _told_of(visitor)}}
    has_begun = False
    is_head = scope.get("method") == "HEAD"

    async def protect(message: Any) -> None:
        nonlocal has_begun
        if message["type"] in _STARTS:
            has_begun = True
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
            known = {name for name, _ in headers}
            more = [pair for pair in SAFETY if pair[0] not in known]
            message = {**message, "headers": [*headers, *more]}
        elif is_head and message.get("body"):
            message = {**message, "body": b""}
        await send(message)

    if mount.is_open or scope["type"] != "http":
        await mount.app(inner, receive, protect)
        return
    body = BoundedBody(receive, dict(scope["headers"]), most)
    await mount.app(inner, body.receive, protect)
    if body.error is not None and not has_begun:
        raise body.error


def _told_of(visitor: Visitor | None) -> dict[str, Any] | None:
    if visitor is None:
        return None
    principal = visitor.principal
    return {
        "name": principal.name,
        "kind": principal.kind,
        "permissions": sorted(principal.permissions),
        "csrf": "" if visitor.session is None else visitor.session.csrf,
    }
