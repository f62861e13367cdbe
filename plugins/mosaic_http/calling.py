"""Requests as calls of operations: their input, their output as an answer, and what HTTP adds to both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import InputError, MosaicError, NotFound, Refused

from .answers import PARTIAL, Answer, json_answer
from .arranging import arranged
from .catalogue import Catalogue, Found, Offered
from .idempotency import KeptAnswers
from .inputs import from_body, from_path, from_query, joined, options_of, pairs_of
from .lasting.answering import LongAnswers
from .lasting.calls import Paths
from .lasting.preferring import patience_of, wants_events, wants_later
from .paging import Page, at_cursor
from .problems import problem, told
from .requests import Request, unless_left
from .routes import ROOT, key_of
from .selecting import paths_of, selected
from .settings import Config
from .tags import is_named, tag_of

_OF_COMMANDS = ("fields",)
_OF_QUERIES = (*_OF_COMMANDS, "cursor", "sort", "filter")


class Calls:
    """Carries out the operations that requests lead to."""

    def __init__(self, context: Context, config: Config, catalogue: Catalogue, long: LongAnswers) -> None:
        self._context = context
        self._config = config
        self._catalogue = catalogue
        self._kept = KeptAnswers(context, config.idempotency_seconds)
        self._long = long

    async def answer(self, found: Found, request: Request) -> Answer | None:
        """Return what a query or command answers; None if it was sent, as events.

        Raises:
            MosaicError: the request is not good, or the operation says so.
            Left: the client has left.
        """
        path = from_path(found.operation, found.values)
        pairs = pairs_of(request.query)
        if request.method == "GET":
            return await self._read(found, request, path, pairs)
        options, rest = options_of(found.operation, pairs, _OF_COMMANDS)
        if rest:
            raise InputError(
                "bad-input",
                "what a command takes is in its body",
                where="query",
                got=", ".join(sorted({name for name, _ in rest}))[:80],
            )
        body = from_body(await request.body(self._config.body_bytes), request.header(b"content-type"))
        data = joined(path, body)
        paths = paths_of(options["fields"], found.operation.output) if "fields" in options else None
        if wants_events(request):
            return await self._streamed(found.operation, request, data, paths)
        answer: Answer = await unless_left(request, lambda: self._command(found, request, data, paths))
        return answer

    async def _read(
        self, found: Found, request: Request, path: Mapping[str, Any], pairs: list[tuple[str, str]]
    ) -> Answer:
        await request.body(self._config.body_bytes)  # so that one sees when the client leaves
        operation = found.operation
        options, rest = options_of(operation, pairs, _OF_QUERIES)
        paths = paths_of(options["fields"], operation.output) if "fields" in options else None
        filters = [value for name, value in pairs if name == "filter" and "filter" in options]
        page = at_cursor(operation, options["cursor"]) if "cursor" in options else Page()
        data = page.asked(operation, joined(path, from_query(operation, rest)))
        output = await unless_left(request, lambda: self._dispatch(operation, data, request))
        cursor = page.next_cursor(operation, data, output)
        output = page.unseen(operation, output)
        tag = tag_of(output)
        headers = [("ETag", tag)]
        if cursor:
            others = [pair for pair in pairs if pair[0] != "cursor"]
            target = request.scope["raw_path"].decode("ascii", "replace")
            headers.append(("Link", f'<{target}?{urlencode([*others, ("cursor", cursor)])}>; rel="next"'))
        output = arranged(output, operation.output, options.get("sort", ""), filters)
        if is_named(tag, request.header(b"if-none-match")):
            return Answer(status=304, headers=headers)
        if paths is not None:
            output = selected(output, paths)
        media_type = "application/json" if paths is None else PARTIAL
        return json_answer(output, media_type=media_type).with_headers(*headers)

    async def _streamed(
        self, operation: Offered, request: Request, data: Mapping[str, Any], paths: Paths | None
    ) -> Answer | None:
        if request.header(b"idempotency-key"):
            raise InputError(
                "bad-key",
                "what is answered as events cannot be answered again",
                where="Idempotency-Key",
                hint="Send `Prefer: respond-async` instead, and look at what its Location names.",
            )
        if request.header(b"if-match"):
            await self._require_unchanged(operation, data, request)
        return await self._long.stream(operation, data, request, paths or ())

    async def _command(
        self, found: Found, request: Request, data: Mapping[str, Any], paths: Paths | None
    ) -> Answer:
        operation = found.operation

        async def carry() -> Answer:
            try:
                if request.header(b"if-match"):
                    await self._require_unchanged(operation, data, request)
                if wants_later(request):
                    return await self._later(operation, data, request, paths)
                output = await self._dispatch(operation, data, request)
            except (MosaicError, OSError) as error:
                return problem(error)
            return self._selected(operation, output, paths)

        key = request.header(b"idempotency-key")
        if not key or operation.kind != "command":
            return await carry()
        who = request.visitor.principal.name
        return await self._kept.once(key, who, operation.name, data, carry)

    async def _later(
        self, operation: Offered, data: Mapping[str, Any], request: Request, paths: Paths | None
    ) -> Answer:
        principal, patience = request.visitor.principal, patience_of(request)
        found = await self._long.later(operation, data, principal, paths or (), patience)
        if isinstance(found, Answer):
            return found
        if found["problem"] is not None:
            return told(found["problem"])
        return self._selected(operation, found["result"], paths)

    def _selected(self, operation: Offered, output: Any, paths: Paths | None) -> Answer:
        answer = self._done(operation, output)
        if paths is None:
            return answer
        part = json_answer(selected(output, paths), status=answer.status, media_type=PARTIAL)
        return part.with_headers(*answer.headers)

    def _done(self, operation: Offered, output: Any) -> Answer:
        shown_by = self._catalogue.shown_by(operation.thing)
        if not operation.name.endswith(".create") or shown_by is None or not isinstance(output, dict):
            return json_answer(output)
        made = output.get(key_of(operation.thing, shown_by.input))
        if not isinstance(made, str):
            return json_answer(output, status=201)
        place = f"{shown_by.routes[-1].template.rpartition('/')[0]}/{quote(made, safe='')}"
        return json_answer(output, status=201).with_headers(("Location", place))

    async def _require_unchanged(self, operation: Offered, data: Mapping[str, Any], request: Request) -> None:
        condition = request.header(b"if-match")
        shown_by = self._catalogue.shown_by(operation.thing)
        names = () if shown_by is None else [name for name in shown_by.fields if name in data]
        if shown_by is None or not names:
            raise InputError(
                "no-such-condition",
                f"{operation.name!r} is about nothing that has an ETag",
                where="If-Match",
                hint=f"Leave it out, or name what it is about in the path; see {ROOT}.",
            )
        shown = await self._dispatch(shown_by, {name: data[name] for name in names}, request)
        if not is_named(tag_of(shown), condition):
            raise Refused(
                "not-unchanged",
                "it has changed since you have seen it",
                where="If-Match",
                expected=tag_of(shown),
                got=condition[:80],
                hint="Look at it anew, and decide again.",
            )

    async def _dispatch(self, operation: Offered, data: Mapping[str, Any], request: Request) -> Any:
        principal = request.visitor.principal
        return to_json_data(await self._context.dispatch(operation.name, dict(data), principal))


def by_name(catalogue: Catalogue, name: str) -> Found:
    """Return the operation of that name, for the door that every operation has.

    Raises:
        NotFound: there is none.
    """
    operation = catalogue.by_name.get(name)
    if operation is None:
        raise NotFound(
            "unknown-operation", f"there is no operation {name!r}", hint=f"GET {ROOT}/operations lists them."
        )
    return Found(operation=operation, values={})
