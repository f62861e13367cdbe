"""What all plugins contribute now, by kind, in order: asked anew at each request, since plugins come and go.

Refuses what could not be drawn, so that no fault of one plugin takes away the pages of others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Context, Contribution, canonical_json

from .own_paths import own_path

_LAST = 1000
_PATH = re.compile(r"/[a-z0-9_{}/-]*")
DRAWN = ("page", "panel", "tab")
_RESERVED = ("/api", "/assets", "/call", "/download", "/login", "/mcp", "/ui")


@attrs.frozen(kw_only=True)
class Piece:
    """A contribution, and which provider it is of."""

    kind: str
    name: str
    title: str
    provider: str
    data: Mapping[str, Any]

    @property
    def part(self) -> str:
        """What the page calls it when it asks for it alone."""
        return f"{self.kind}:{self.name}"

    @property
    def order(self) -> float:
        """Its place among its like."""
        order = self.data.get("order", _LAST)
        return float(order) if isinstance(order, int | float) else _LAST

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the navigation."""
        return self.kind == "navigation" or (self.kind == "page" and "order" in self.data)

    @property
    def path(self) -> str:
        """Where it is: of a page, or of where an entry of the navigation leads."""
        if self.kind == "panel":
            return f"/panels/{self.name}"
        default = f"/pages/{self.name}" if self.kind == "page" else ""
        return str(self.data.get("path") or self.data.get("target") or default)

    def text(self, key: str) -> str:
        """Return a text of its data; "" if there is none."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def digest(self, key: str) -> str:
        """Return what names a text of its data in an address that never changes."""
        return _digest(self.text(key))

    @property
    def live(self) -> Sequence[str]:
        """What it is drawn anew for."""
        live = self.data.get("live", ())
        return [one for one in live if isinstance(one, str)] if isinstance(live, list | tuple) else []


@attrs.frozen(kw_only=True)
class Match:
    """A page, and the parameters that its path holds."""

    page: Piece
    params: Mapping[str, str]


class Catalogue:
    """All contributions. `faults` says, by provider, what could not be taken, and why."""

    def __init__(self, pieces: Sequence[Piece], faults: Mapping[str, str]) -> None:
        self._pieces = sorted(pieces, key=lambda piece: (piece.order, piece.title))
        self.faults = faults
        plain = [attrs.astuple(piece, recurse=False) for piece in self._pieces]
        self.edition = _digest(canonical_json(plain))

    def of(self, kind: str) -> Iterator[Piece]:
        """Yield the pieces of a kind, in order."""
        return (piece for piece in self._pieces if piece.kind == kind)

    def find(self, kind: str, name: str) -> Piece | None:
        """Return the piece of that kind and name."""
        return next((piece for piece in self.of(kind) if piece.name == name), None)

    def panels(self, page: str) -> Sequence[Piece]:
        """Return the panels of a page."""
        return [piece for piece in self.of("panel") if piece.data.get("place", "now") == page]

    def navigation(self) -> Sequence[Piece]:
        """Return what stands in the navigation."""
        return [piece for piece in self._pieces if piece.is_listed]

    def target(self, piece: Piece) -> str:
        """Return the path that an entry leads to; "" if there is nothing."""
        target = piece.path
        kind, colon, name = target.partition(":")
        if not colon:
            return own_path(target)
        found = self.find(kind, name) if kind in DRAWN else None
        return found.path if found is not None else ""

    def match(self, path: str) -> Match | None:
        """Return the page at a path; one without parameters goes first."""
        given = path.strip("/").split("/")
        found = []
        for page in self.of("page"):
            asked = page.path.strip("/").split("/")
            params = _params(asked, given)
            if params is not None:
                found.append(Match(page=page, params=params))
        return min(found, key=lambda one: len(one.params), default=None)


def _params(asked: Sequence[str], given: Sequence[str]) -> Mapping[str, str] | None:
    if len(asked) != len(given):
        return None
    params = {}
    for want, have in zip(asked, given, strict=True):
        if want.startswith("{") and want.endswith("}"):
            params[want[1:-1]] = have
        elif want != have:
            return None
    return params


def gather(context: Context) -> Catalogue:
    """Ask every provider what it contributes; one that fails is left out, and said."""
    port = context.port("ui")
    pieces: dict[tuple[str, str], Piece] = {}
    faults: dict[str, str] = {}
    for name in port.names():
        try:
            found = [_piece(one, name) for one in port.get(name).contributions()]
        except Exception as error:  # noqa: BLE001 - another plugin's code
            context.log.warning("dashboard.no_contributions", provider=name, error=error)
            faults[name] = str(error)
            continue
        for piece in found:
            taken = pieces.setdefault((piece.kind, piece.name), piece)
            if taken is not piece:
                faults[name] = f"the {piece.kind} {piece.name!r} is {taken.provider}'s already"
    return Catalogue(list(pieces.values()), faults)


def _piece(one: Contribution, provider: str) -> Piece:
    piece = Piece(kind=one.kind, name=one.name, title=one.title, provider=provider, data=dict(one.data))
    if piece.kind == "page":
        path = piece.path
        taken = provider != "dashboard" and any(
            path == root or path.startswith(f"{root}/") for root in _RESERVED
        )
        if taken or not _PATH.fullmatch(path):
            raise ValueError(f"the page {piece.name!r} cannot be at {path!r}")
    reads = piece.data.get("reads", {})
    if not isinstance(reads, Mapping) or not all(isinstance(read, Mapping) for read in reads.values()):
        raise ValueError(f"the {piece.kind} {piece.name!r} reads what is no operation with an input")
    if not all(isinstance(text, str) for text in (piece.kind, piece.name, piece.title)):
        raise TypeError(f"the {piece.kind} {piece.name!r} has a kind, a name or a title that is no text")
    _digest(canonical_json(attrs.astuple(piece, recurse=False)))  # which is none of what cannot be sent
    return piece


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
