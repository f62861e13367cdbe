"""The application on the port: lets requests in, and leads each to what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, MosaicError, NotFound, Refused

from .answers import Answer, Send, json_answer, page, send_answer
from .browsers import Browsers
from .calling import Calls, by_name
from .catalogue import Catalogue
from .describing.openapi import document_of
from .describing.reference import STYLE, reference_page
from .guard import Guard, TooOften, Visitor, cookie_name, cookies_of
from .lasting.answering import LongAnswers
from .lasting.calls import LongCalls
from .live.hub import Hub
from .live.sockets import Sockets
from .live.sse import EventStreams
from .mounts import Mount, mounts_of, serve_mount
from .problems import problem
from .requests import Left, Receive, Request, segments_of
from .settings import Config

Leads = Callable[..., Awaitable[Answer | None]]
_LOGIN = ("login",)
_OWN = "api"
_LIVE = (_OWN, "live")
_SESSION = (_OWN, "session")
_CALL = (_OWN, "call")
_STYLE = (_OWN, "reference.css")
_SIGN_IN = (
    "<p>Run <code>mosaic open</code> in the project's directory: it opens Mosaic in your browser.</p>"
    "<p>Where there is no browser, <code>mosaic open --print</code> prints a link.</p>"
)
_DOCUMENT = (_OWN, "openapi.json")
_IMMUTABLE = ("Cache-Control", "private, max-age=3600")


class Application:
    """Answers what comes in, for as long as its nursery is open."""

    def __init__(  # noqa: PLR0913 - what it joins
        self,
        context: Context,
        config: Config,
        guard: Guard,
        browsers: Browsers,
        long: LongCalls,
        nursery: trio.Nursery,
    ) -> None:
        self._context = context
        self._config = config
        self._guard = guard
        self._browsers = browsers
        self._catalogue = Catalogue(context)
        self._long = LongAnswers(context, config, long)
        self._calls = Calls(context, config, self._catalogue, self._long)
        hub = Hub(context, config.ring)
        self._streams = EventStreams(context, config, hub, nursery)
        self._sockets = Sockets(context, config, self._catalogue, hub, nursery)
        self._mounts: Sequence[Mount] = ()
        self._described: tuple[int, Answer, Answer] | None = None

    async def follow_operations(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Offer what there is now, and whatever comes later."""
        from contextlib import aclosing

        async with aclosing(self._context.follow("operations.follow", {})) as changes:
            async for _ in changes:
                await self._catalogue.refresh()
                self._mounts = mounts_of(self._context)
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or converse on a WebSocket."""
        await self._answer(self._led, scope, receive, send)

    async def near(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer at the port beside the encrypted one: what lets people in by itself, and nothing else."""
        await self._answer(self._led_near, scope, receive, send)

    async def _answer(self, leads: Leads, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        say = send if scope["type"] == "http" else _denial(send)
        has_body = scope.get("method") != "HEAD"
        try:
            self._guard.require_ours(scope, headers)
            segments = segments_of(scope["raw_path"])
            answer = await leads(segments, scope, headers, receive, send)
        except Left:
            return
        except TooOften as error:
            answer = problem(error, ("Retry-After", str(max(1, round(error.seconds)))))
        except (MosaicError, OSError) as error:
            answer = self._refusal(error, headers)
        if answer is not None:
            await send_answer(answer, say, has_body=has_body)

    async def _led(
        self,
        segments: tuple[str, ...],
        scope: dict[str, Any],
        headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
    ) -> Answer | None:
        """Lead a request to what answers it; return the answer, unless it was sent."""
        if segments == _LOGIN and scope["type"] == "http":
            return self._signed_in(scope, headers)
        mount = self._mount_at(segments)
        if mount is not None:
            visitor = None
            if not mount.is_open:
                visitor = await self._guard.visitor(scope, headers, takes_forms=True)
            await serve_mount(mount, scope, receive, send, visitor, self._config.body_bytes)
            return None
        visitor = await self._guard.visitor(scope, headers)
        if scope["type"] == "websocket":
            if segments != _LIVE:
                raise NotFound("not-found", "there is no WebSocket here", hint="It is at /api/live.")
            with self._browsers.lasting(visitor.secret, visitor.session):
                await self._sockets.serve(receive, send, visitor.principal)
            return None
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        request = Request(
            method=method,
            segments=segments,
            query=scope["query_string"],
            headers=headers,
            scope=scope,
            visitor=visitor,
            receive=receive,
            send=send,
        )
        own = self._own(request)
        return own if own is not None else await self._operation(request)

    async def _led_near(
        self,
        segments: tuple[str, ...],
        scope: dict[str, Any],
        _headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
    ) -> None:
        mount = self._mount_at(segments)
        if mount is None or not mount.is_open:
            raise NotFound("not-found", "there is nothing here without TLS", hint="Use the other port.")
        await serve_mount(mount, scope, receive, send, None, self._config.body_bytes)

    def _mount_at(self, segments: tuple[str, ...]) -> Mount | None:
        if segments[0] == _OWN:
            return None
        path = f"/{'/'.join(segments)}"
        return next((one for one in self._mounts if one.holds(path)), None)

    async def _operation(self, request: Request) -> Answer | None:
        segments, method = request.segments, request.method
        if method in ("GET", "DELETE") and self._long.holds(request):
            return await self._long.look(request)
        if method == "POST" and segments[:2] == _CALL and len(segments) == 3:  # noqa: PLR2004 - and its name
            found = by_name(self._catalogue, segments[2])
            if found.operation.kind == "stream":
                raise InputError("wrong-kind", f"the operation {segments[2]!r} is a stream", hint="Follow it.")
            return await self._calls.answer(found, request)
        sought = self._catalogue.find(method, segments)
        if sought is None:
            return self._nothing(request)
        if sought.operation.kind == "stream":
            if request.scope["method"] == "HEAD":
                return Answer(media_type="text/event-stream; charset=utf-8")
            await self._streams.answer(sought, request)
            return None
        return await self._calls.answer(sought, request)

    def _own(self, request: Request) -> Answer | None:  # noqa: PLR0911 - one return a path
        """Return what this door itself answers."""
        segments, method = request.segments, request.method
        if segments == _SESSION and method == "GET":
            return self._session(request.visitor)
        if segments == (*_SESSION, "end") and method == "POST":
            self._browsers.end(request.visitor.secret)
            cookie = f"{cookie_name(request.scope)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
            return Answer(status=204).with_headers(("Set-Cookie", cookie))
        if method != "GET":
            return None
        if segments == _STYLE:
            return Answer(body=STYLE.encode(), media_type="text/css; charset=utf-8").with_headers(_IMMUTABLE)
        if segments == ("",):
            return Answer(status=303, media_type="text/plain").with_headers(("Location", "/api"))
        if segments in (_DOCUMENT, (_OWN,)):
            document, reference = self._descriptions()
            return document if segments == _DOCUMENT else reference
        return None

    def _descriptions(self) -> tuple[Answer, Answer]:
        edition = self._catalogue.edition
        if self._described is None or self._described[0] != edition:
            document = document_of(self._catalogue.by_name)
            self._described = (edition, json_answer(document), reference_page(document))
        return self._described[1], self._described[2]

    def _nothing(self, request: Request) -> Answer:
        methods = self._catalogue.methods(request.segments)
        if "GET" in methods:
            methods.append("HEAD")
        if not methods:
            raise NotFound(
                "not-found",
                "there is nothing at this path",
                where=request.scope["path"][:200],
                hint="GET /api shows what there is.",
            )
        if request.method == "OPTIONS":
            return Answer(status=204).with_headers(("Allow", ", ".join([*methods, "OPTIONS"])))
        refused = Refused(
            "no-such-method",
            f"this path takes no {request.method}",
            expected=", ".join(methods),
            got=request.method[:20],
        )
        return problem(refused, ("Allow", ", ".join(methods)))

    def _session(self, visitor: Visitor) -> Answer:
        about: dict[str, Any] = {"name": visitor.principal.name, "kind": visitor.principal.kind}
        if visitor.session is not None:
            about |= {"csrf": visitor.session.csrf, "until": visitor.session.until}
        return json_answer(about).with_headers(("Cache-Control", "no-store"))

    def _signed_in(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Answer:
        if scope["method"] != "GET":
            raise NotFound("not-found", "a link is opened with GET")
        secret = self._browsers.use_link(scope["query_string"].decode("latin-1").removeprefix("code="))
        # A browser may fetch a link ahead, or its user open it twice: the session that it began is good, too.
        known = self._browsers.find(cookies_of(headers).get(cookie_name(scope), ""))
        if secret is None and known is None:
            return page(
                "This link is not good any more",
                "<p>A link opens one browser, once, and only for a short time. "
                "Run <code>mosaic open</code> in the project's directory: it gives another.</p>",
                status=401,
            )
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{cookie_name(scope)}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}"
        # The page itself leads on: what another program opened may not bring the cookie along on a redirect.
        onward = '<meta http-equiv="refresh" content="0;url=/">'
        answer = page("Signed in", '<p><a href="/">Go on</a></p>', head=onward)
        begun = [("Set-Cookie", cookie)] if secret is not None else []
        return answer.with_headers(*begun, ("Cache-Control", "no-store"))

    def _refusal(self, error: MosaicError | OSError, headers: Mapping[bytes, bytes]) -> Answer:
        code = getattr(error, "code", "")
        if code in ("no-token", "wrong-token"):
            fault = ', error="invalid_token"' if code == "wrong-token" else ""
            challenge = ("WWW-Authenticate", f'Bearer realm="mosaic"{fault}')
            if b"text/html" in headers.get(b"accept", b""):
                return page("Sign in first", _SIGN_IN, status=401).with_headers(challenge)
            return problem(error, challenge)
        return problem(error)


def _denial(send: Send) -> Send:
    async def say(message: Any) -> None:
        kind = message["type"].replace("http.", "websocket.http.", 1)
        await send({**message, "type": kind})

    return say
