"""The application in the browser's sight: pages, their parts, assets, and the forms of pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
from quart import Quart, Response, request
from quart_trio import QuartTrio

from mosaic_hookspecs import Context, Denied, MosaicError, NotFound, to_json_data

from .assets import Assets, asset_of
from .catalogue import DRAWN, gather
from .drawing import Drawer
from .forms import input_of
from .pages import Pages, View, piece_at
from .reading import Problem, filled
from .sayings import Saying, Sayings
from .settings import Config
from .theming import style_of
from .visitors import Visitor

_FOR_EVER = "public, max-age=31536000, immutable"
_PAGE_HEADERS = {"Cache-Control": "no-store", "Vary": "X-Mosaic-Part"}
PART = "X-Mosaic-Part"
_STATUS = {NotFound: 404, Denied: 403}


def make_app(context: Context, config: Config) -> Quart:
    """Make the application of one generation."""
    assets = Assets()
    drawer = Drawer(assets)
    pages = Pages(context, config, assets, drawer)
    sayings = Sayings()
    app = QuartTrio("mosaic_dashboard", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.form_bytes

    @app.get("/assets/<name>")
    async def asset(name: str) -> Response:
        found = assets.get(name)
        return _not_here() if found is None else _file(found)

    @app.get("/ui/<what>/<kind>/<name>/<digest>")
    async def contributed(what: str, kind: str, name: str, digest: str) -> Response:
        piece = gather(context).find(kind, name)
        suffix = {"module": ".js", "style": ".css"}.get(what)
        if piece is None or suffix is None or digest != f"{piece.digest(what)}{suffix}":
            return _not_here()
        return _file(asset_of(digest, piece.text(what).encode()))

    @app.get("/ui/theme/<name>/<edition>.css")
    async def theme(name: str, edition: str) -> Response:
        piece = gather(context).find("theme", name)
        return _not_here() if piece is None else _file(asset_of("theme.css", style_of(piece).encode()))

    @app.get("/download/<operation>")
    async def download(operation: str) -> Response:
        visitor = Visitor.of(request.scope)
        pairs = [pair for pair in request.args.items(multi=True) if pair[0] != "filename"]
        data = await input_of(context, operation, pairs, visitor.principal)
        answer = to_json_data(await context.dispatch(operation, data, visitor.principal))
        if not isinstance(answer.get("text"), str):
            raise NotFound("no-text", f"{operation} answers no text to download")
        name = "".join(letter for letter in request.args.get("filename", "") if letter.isalnum() or letter in "._-")
        headers = {
            "Content-Disposition": f'attachment; filename="{name.lstrip(".") or "mosaic.txt"}"',
            "Cache-Control": "no-store",
        }
        kind = "text/csv" if name.endswith(".csv") else "text/plain"
        return Response(answer["text"], content_type=f"{kind}; charset=utf-8", headers=headers)

    @app.post("/call/<operation>")
    async def call(operation: str) -> Response:
        visitor = Visitor.of(request.scope)
        form = await request.form
        visitor.require_ours(form.get("csrf", "") or request.headers.get("X-Mosaic-CSRF", ""))
        data: dict[str, Any] = {}
        then = ""
        try:
            data = await input_of(context, operation, list(form.items(multi=True)), visitor.principal)
            answer = to_json_data(await context.dispatch(operation, data, visitor.principal))
            saying = Saying(text=form.get("said") or "Done.", operation=operation, input=data)
            then = _onward(form.get("then", ""), answer)
        except (MosaicError, OSError) as error:
            saying = Saying(problem=Problem.of(error), operation=operation, input=data)
        if "HX-Request" in request.headers:
            return _said(saying, then)
        sayings.keep(visitor.csrf, saying)
        return Response("", status=303, headers={"Location": then or _local(form.get("back", "")) or "/"})

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    async def page(path: str) -> Response:
        visitor = Visitor.of(request.scope)
        catalogue = gather(context)
        at = f"/{path}"
        query = {key: value for key, value in request.args.items() if key.isidentifier()}
        if path.startswith("panels/"):
            found = catalogue.find("panel", path.removeprefix("panels/"))
            if found is None:
                raise NotFound("no-panel", "there is no such panel", where=at[:200])
            piece, params = found, {}
        else:
            piece, params = piece_at(at, catalogue)
        asked = request.headers.get(PART, "")
        saying = None if asked else sayings.take(visitor.csrf)
        view = View(
            path=at, params=params, query=query, visitor=visitor, catalogue=catalogue, saying=saying
        )
        if not asked:
            return Response(await pages.page(view, piece), content_type="text/html", headers=_PAGE_HEADERS)
        if asked == "shell":
            drawn = await pages.shell(view, piece)
        else:
            kind, _, name = asked.partition(":")
            part = catalogue.find(kind, name) if kind in DRAWN else None
            if part is None:
                return _not_here()
            drawn = await pages.part(view, part)
        return Response(drawn, content_type="text/html", headers=_PAGE_HEADERS)

    @app.errorhandler(MosaicError)
    async def failed(error: MosaicError) -> Response:
        values = {"problem": Problem.of(error), "asset": assets.address, "title": error.what}
        status = _STATUS.get(type(error), 400)
        return Response(drawer.draw_file("failed.html", values), status=status, content_type="text/html")

    return app


def _not_here() -> Response:
    return Response("not here", status=404, content_type="text/plain")


def _file(asset: Any) -> Response:
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if asset.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, content_type=asset.media_type, headers=headers)
    return Response(asset.data, content_type=asset.media_type, headers=headers)


def _said(saying: Saying, then: str) -> Response:
    problem = attrs.asdict(saying.problem) if saying.problem else None
    told = {"mosaic:said": {"text": saying.text, "problem": problem, "operation": saying.operation}}
    headers = {"HX-Trigger": json.dumps(told), "HX-Reswap": "none"}
    if then:
        headers["HX-Redirect"] = then
    return Response("", status=200, headers=headers)


def _onward(then: str, answer: Any) -> str:
    """Return where a form leads on to: a path, with fields of the answer."""
    parts = [filled(f"{part}", {}, {"answer": answer}) or "" for part in then.split("/")] if then else []
    return _local("/".join(str(part) for part in parts))


def _local(path: str) -> str:
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""


