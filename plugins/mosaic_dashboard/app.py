"""The application in the browser's sight: which path leads to what."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Quart, Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from mosaic_hookspecs import (
    Context,
    Denied,
    InputError,
    IntegrityError,
    MosaicError,
    NotFound,
    Refused,
    Unavailable,
)

from .answers import file_answer, not_here
from .assets import Assets, asset_of
from .carrying_out import CarryingOut
from .catalogue import DRAWN, gather
from .drawing import Drawer
from .pages import Pages, View, piece_at
from .posted import fields_of
from .reading import Problem
from .sayings import Sayings
from .settings import Config
from .theming import style_of
from .visitors import Visitor

PART = "X-Mosaic-Part"
_HTML = "text/html; charset=utf-8"
# A browser whose page sends no referrer at all says of its forms that they come from nowhere.
_PAGE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Vary": PART}
_STATUS: Mapping[type[MosaicError], int] = {
    NotFound: 404,
    Denied: 403,
    Refused: 409,
    Unavailable: 503,
    IntegrityError: 500,
}
_OWN_STATUS = {"no-query": 405, "not-a-form": 415, "query-too-long": 414, "operation-failed": 500}
_MOST_QUERY = 8192
_SUFFIXES = {"module": ".js", "style": ".css"}


def make_app(context: Context, config: Config) -> Quart:
    """Make the application of one generation."""
    assets = Assets()
    drawer = Drawer(assets)
    sayings = Sayings()
    app = QuartTrio("mosaic_dashboard", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.form_bytes
    _add_files(app, context, assets)
    _add_calls(app, CarryingOut(context, sayings))
    _add_pages(app, context, Pages(context, config, assets, drawer), sayings)

    def failed(problem: Problem, status: int, **headers: str) -> Response:
        values = {"problem": problem, "asset": assets.address, "title": problem.what}
        drawn = drawer.draw_file("failed.html", values)
        return Response(drawn, status=status, content_type=_HTML, headers={**_PAGE_HEADERS, **headers})

    @app.errorhandler(MosaicError)
    async def refused(error: MosaicError) -> Response:
        kind = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
        return failed(Problem.of(error), _OWN_STATUS.get(error.code, kind))

    @app.errorhandler(HTTPException)
    async def not_so(error: HTTPException) -> Response:
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        problem = Problem(code="http", what=error.name, hint=error.description or "")
        return failed(problem, error.code or 500, **headers)

    @app.errorhandler(Exception)
    async def broken(error: Exception) -> Response:
        context.log.error("dashboard.failed", path=request.path, error=error)
        hint = "The log of Mosaic has the place."
        return failed(Problem(code="failed", what="the page could not be drawn", hint=hint), 500)

    return app


def _add_files(app: Quart, context: Context, assets: Assets) -> None:
    @app.get("/assets/<name>")
    async def asset(name: str) -> Response:
        found = assets.get(name)
        return not_here() if found is None else file_answer(found)

    @app.get("/ui/<what>/<kind>/<name>/<digest>")
    async def contributed(what: str, kind: str, name: str, digest: str) -> Response:
        piece = gather(context).find(kind, name)
        suffix = _SUFFIXES.get(what)
        if piece is None or suffix is None or digest != f"{piece.digest(what)}{suffix}":
            return not_here()
        return file_answer(asset_of(digest, piece.text(what).encode()))

    @app.get("/ui/theme/<name>/<edition>.css")
    async def theme(name: str, edition: str) -> Response:
        catalogue = gather(context)
        piece = catalogue.find("theme", name)
        if piece is None or edition != catalogue.edition:
            return not_here()
        return file_answer(asset_of("theme.css", style_of(piece).encode()))


def _add_calls(app: Quart, carrying_out: CarryingOut) -> None:
    @app.post("/call/<operation>")
    async def call(operation: str) -> Response:
        return await carrying_out.form(operation, Visitor.of(request.scope), await fields_of(request))

    @app.get("/download/<operation>")
    async def download(operation: str) -> Response:
        return await carrying_out.download(operation, Visitor.of(request.scope), request.args)


def _add_pages(app: Quart, context: Context, pages: Pages, sayings: Sayings) -> None:
    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    async def page(path: str) -> Response:
        visitor = Visitor.of(request.scope)
        if len(request.query_string) > _MOST_QUERY:
            expected = f"at most {_MOST_QUERY} bytes"
            raise InputError("query-too-long", "the address is too long", expected=expected)
        catalogue = gather(context)
        path = path.strip("/")
        piece, params = piece_at(f"/{path}", catalogue)
        asked = request.headers.get(PART, "")
        view = View(
            path=f"/{path}",
            params=params,
            query={key: value for key, value in request.args.items() if key.isidentifier()},
            visitor=visitor,
            catalogue=catalogue,
            saying=None if asked else sayings.take(visitor.key),
        )
        if not asked:
            drawn = await pages.page(view, piece)
        elif asked == "shell":
            drawn = await pages.shell(view, piece)
        else:
            kind, _, name = asked.partition(":")
            part = catalogue.find(kind, name) if kind in DRAWN else None
            if part is None:  # its plugin has gone, which is nothing amiss
                return Response("", status=204, headers=_PAGE_HEADERS)
            drawn = await pages.part(view, part)
        return Response(drawn, content_type=_HTML, headers=_PAGE_HEADERS)
