"""Resources: lists them, and has operations answer for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs.errors import MosaicError, NotFound

from .addresses import BUILT_IN, RUN, filled, matched, names_in
from .asking import is_modern
from .catalogue import Catalogue
from .failures import describe
from .settings import Config, ResourceEntry
from .visitors import Visitor

_NOT_FOUND_BEFORE_2026 = -32002
_NEWEST = 50


class Resources:
    """What can be read: the built-in resources, and those of the configuration."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        self._entries = (*BUILT_IN, *config.resources)

    async def listed(self, visitor: Visitor) -> Sequence[types.Resource]:
        """Return the resources that have an address of their own, and the newest runs."""
        found = []
        for entry in self._there():
            uri = visitor.reads(entry)
            if uri is None or (not uri and names_in(entry.uri)):
                continue
            found.append(
                types.Resource(
                    uri=uri or entry.uri,
                    name=entry.name,
                    description=entry.description or None,
                    mime_type=entry.mime_type,
                )
            )
        if not visitor.is_agent and self._catalogue.has("run.list"):
            runs = await visitor.system.dispatch("run.list", {"limit": _NEWEST})
            found += [
                types.Resource(
                    uri=filled(RUN, run),
                    name=run["run_id"],
                    title=run["title"] or None,
                    mime_type="application/json",
                )
                for run in runs["items"]
            ]
        return found

    def templates(self, visitor: Visitor) -> Sequence[types.ResourceTemplate]:
        """Return the templates of addresses."""
        return [
            types.ResourceTemplate(
                uri_template=entry.uri,
                name=entry.name,
                description=entry.description or None,
                mime_type=entry.mime_type,
            )
            for entry in self._there()
            if names_in(entry.uri) and visitor.reads(entry) == ""
        ]

    def may_read(self, visitor: Visitor, uri: str) -> bool:
        """Whether a visitor may read, and hear of, what is at an address."""
        return not visitor.is_agent or any(visitor.reads(entry) == uri for entry in self._entries)

    async def read(
        self, ctx: ServerRequestContext[Any, Any], visitor: Visitor, uri: str
    ) -> types.ReadResourceResult:
        """Return what is at an address.

        Raises:
            MCPError: there is nothing, or it cannot be read.
        """
        for entry in self._there() if self.may_read(visitor, uri) else ():
            values = matched(entry.uri, uri)
            if values is not None:
                return await self._answer(ctx, visitor, entry, uri, values)
        raise _not_found(ctx, uri, "there is no such resource")

    async def _answer(
        self,
        ctx: ServerRequestContext[Any, Any],
        visitor: Visitor,
        entry: ResourceEntry,
        uri: str,
        values: Mapping[str, str],
    ) -> types.ReadResourceResult:
        try:
            output = await visitor.system.dispatch(entry.operation, {**entry.input, **values})
        except NotFound as error:
            raise _not_found(ctx, uri, error.what) from None
        except (MosaicError, OSError) as error:
            raise MCPError(types.INTERNAL_ERROR, str(error), {"uri": uri, "error": describe(error)}) from None
        if isinstance(output, dict) and set(output) == {"contents"}:
            parts = [{"uri": uri, "mimeType": entry.mime_type, **part} for part in output["contents"]]
            return types.ReadResourceResult.model_validate({"contents": parts})
        contents = types.TextResourceContents(uri=uri, mime_type=entry.mime_type, text=_written(entry, output))
        return types.ReadResourceResult(contents=[contents])

    def _there(self) -> list[ResourceEntry]:
        return [entry for entry in self._entries if self._catalogue.has(entry.operation)]


def _written(entry: ResourceEntry, output: Any) -> str:
    part = output.get(entry.field) if entry.field else output
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, separators=(",", ":"))


def _not_found(ctx: ServerRequestContext[Any, Any], uri: str, what: str) -> MCPError:
    code = types.INVALID_PARAMS if is_modern(ctx) else _NOT_FOUND_BEFORE_2026
    return MCPError(code, f"Resource not found: {what}", {"uri": uri})
