"""Carries out operations for forms and for downloads, as whoever is signed in."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from quart import Response, request
from werkzeug.datastructures import MultiDict

from mosaic_hookspecs import Context, MosaicError, NotFound, to_json_data

from .answers import said_answer
from .forms import input_of
from .own_paths import own_path
from .queries import Queries
from .reading import Problem, filled
from .sayings import Saying, Sayings
from .visitors import Visitor

_FILE = "filename"
_SUFFIXES = (".csv", ".diff", ".json", ".log", ".md", ".patch", ".txt", ".yaml", ".yml")


class CarryingOut:
    """Answers forms and downloads."""

    def __init__(self, context: Context, sayings: Sayings) -> None:
        self._context = context
        self._queries = Queries(context)
        self._sayings = sayings

    async def form(self, operation: str, visitor: Visitor, form: MultiDict[str, str]) -> Response:
        """Carry out what a form asks for. A script is answered what became of it; else the page that it
        came from (its field ``back``), or where it leads on (``then``), says so.

        Raises:
            Denied: the form is of no page of this browser's session.
        """
        visitor.require_ours(form.get("csrf", ""))
        data: dict[str, Any] = {}
        then = ""
        try:
            data = await input_of(self._context, operation, list(form.items(multi=True)))
            answer = to_json_data(await self._context.dispatch(operation, data, visitor.principal))
            saying = Saying(text=form.get("said") or "Done.", operation=operation, input=data)
            then = _onward(form.get("then", ""), answer)
        except (MosaicError, OSError) as error:
            saying = Saying(problem=Problem.of(error), operation=operation, input=data)
        if "HX-Request" in request.headers:
            return said_answer(saying, then)
        self._sayings.keep(visitor.key, saying)
        return Response("", status=303, headers={"Location": then or own_path(form.get("back", "")) or "/"})

    async def download(self, operation: str, visitor: Visitor, query: MultiDict[str, str]) -> Response:
        """Return the ``text`` that a query answers, as a file.

        Raises:
            MosaicError: it does not answer, or no text.
        """
        pairs = [pair for pair in query.items(multi=True) if pair[0] != _FILE]
        data = await input_of(self._context, operation, pairs)
        answer = to_json_data(await self._queries.dispatch(operation, data, visitor.principal))
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            raise NotFound("no-text", f"{operation} answers no text to download")
        name = _file_name(query.get(_FILE, ""))
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        kind = "text/csv" if name.endswith(".csv") else "text/plain"
        return Response(answer["text"], content_type=f"{kind}; charset=utf-8", headers=headers)


def _onward(then: str, answer: Any) -> str:
    """Return where a form leads on to: a path in which ``{answer.field}`` stands for what was answered."""
    return own_path(filled_path(then, {"answer": answer})) if then else ""


def filled_path(path: str, values: dict[str, Any]) -> str:
    """Return a path with its placeholders replaced, each quoted."""

    def value(match: re.Match[str]) -> str:
        found = filled(match.group(), {}, values)
        return quote(str(found), safe="") if found != {} else ""

    return re.sub(r"\{[\w.-]+\}", value, path)


def _file_name(asked: str) -> str:
    """Return a name that no system takes for a program or a page, whatever is in the file."""
    kept = "".join(one for one in asked if (one.isascii() and one.isalnum()) or one in "._-")[:100].lstrip(".")
    name = kept or "mosaic.txt"
    return name if PurePosixPath(name).suffix.lower() in _SUFFIXES else f"{name}.txt"
