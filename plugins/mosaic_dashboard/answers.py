"""Answers that are no page: files, which are kept for ever, and what became of a form that a script sent."""

from __future__ import annotations

import json

import attrs
from quart import Response, request

from .assets import Asset
from .sayings import Saying

_FOR_EVER = "public, max-age=31536000, immutable"
_MOST_WORDS = 800  # what a script is told is in a header, which browsers bound


def not_here() -> Response:
    """Return that there is nothing."""
    return Response("not here", status=404, content_type="text/plain")


def file_answer(asset: Asset) -> Response:
    """Return a file whose address changes with its content."""
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    data = asset.data
    if asset.packed and request.accept_encodings["gzip"] > 0:
        headers["Content-Encoding"] = "gzip"
        data = asset.packed
    return Response(data, content_type=asset.media_type, headers=headers)


def said_answer(saying: Saying, then: str) -> Response:
    """Tell a script what became of its form, and where it leads on to ("": nowhere)."""
    given = attrs.asdict(saying.problem) if saying.problem else None
    problem = {name: text[:_MOST_WORDS] for name, text in given.items()} if given else None
    words = {"text": saying.text[:_MOST_WORDS], "problem": problem, "operation": saying.operation[:_MOST_WORDS]}
    told = {"mosaic:said": words}
    headers = {"HX-Trigger": json.dumps(told), "HX-Reswap": "none"}
    if then:
        headers["HX-Redirect"] = then
    return Response("", status=200, headers=headers)
