"""Answers that are no page: files, which are kept for ever, and what became of a form that a script sent."""

from __future__ import annotations

import json

import attrs
from quart import Response, request

from .assets import Asset
from .sayings import Saying

_FOR_EVER = "public, max-age=31536000, immutable"


def not_here() -> Response:
    """Return that there is nothing."""
    return Response("not here", status=404, content_type="text/plain")


def file_answer(asset: Asset) -> Response:
    """Return a file whose address changes with its content."""
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    data = asset.data
    if asset.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        data = asset.packed
    return Response(data, content_type=asset.media_type, headers=headers)


def said_answer(saying: Saying, then: str) -> Response:
    """Tell a script what became of its form, and where it leads on to ("": nowhere)."""
    problem = attrs.asdict(saying.problem) if saying.problem else None
    told = {"mosaic:said": {"text": saying.text, "problem": problem, "operation": saying.operation}}
    headers = {"HX-Trigger": json.dumps(told), "HX-Reswap": "none"}
    if then:
        headers["HX-Redirect"] = then
    return Response("", status=200, headers=headers)
