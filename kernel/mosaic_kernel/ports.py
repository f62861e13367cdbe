"""The ports of one kernel: which seats are in each, under handles that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from mosaic_hookspecs.errors import InputError, MosaicError, Unavailable
from mosaic_hookspecs.ports import PORTS, PortSpec

from .deadlines import within
from .failures import nearest
from .handles import Handle, seat_of, swap
from .seats import Seat


class FilledPort:
    """A port and the providers in it, in the order of the configuration; see `mosaic_hookspecs.Port`.

    `get()` without a name returns a handle of its own, which leads to whichever provider is the first:
    who holds it need not know that another one has taken its place.
    """

    def __init__(
        self, spec: PortSpec, wanted: Sequence[str], explain: Callable[[str, str], Unavailable]
    ) -> None:
        self.spec = spec
        self._wanted = tuple(wanted)
        self._explain = explain
        self._handles: dict[str, Handle] = {}
        self._first = Handle(f"{spec.name} (first)", _empty(spec.name), spec)

    @property
    def name(self) -> str:
        """The port's name."""
        return self.spec.name

    def names(self) -> tuple[str, ...]:
        """The names of the providers that are in it now."""
        filled = [name for name, handle in self._handles.items() if seat_of(handle).error is None]
        rank = {name: place for place, name in enumerate(self._wanted)}
        return tuple(sorted(filled, key=lambda name: rank.get(name, len(rank))))

    def get(self, name: str = "") -> Any:
        """Return the handle of a provider; see `mosaic_hookspecs.Port.get`."""
        if not name:
            if seat_of(self._first).error is not None:
                raise self._explain(self.name, name)
            return self._first
        handle = self._handles.get(name)
        if handle is None:
            raise self._explain(self.name, name)
        seat_of(handle).require()
        return handle

    def within(self, seconds: float, hint: str = "") -> AbstractContextManager[None]:
        """Bound what is awaited inside; see `mosaic_hookspecs.Port.within`."""
        return within(self.name, seconds, hint)

    def seat(self, name: str) -> Seat | None:
        """Return the seat of a provider that is in the port now."""
        handle = self._handles.get(name)
        seat = seat_of(handle) if handle is not None else None
        return seat if seat is not None and seat.error is None else None

    def prefer(self, wanted: Sequence[str]) -> None:
        """Change the order, and with it which provider is the first."""
        self._wanted = tuple(wanted)
        self._settle()

    def fill(self, name: str, seat: Seat) -> None:
        """Put a seat in, at once; what was in under that name is left."""
        handle = self._handles.get(name)
        if handle is None:
            self._handles[name] = Handle(f"{self.name} {name}", seat, self.spec)
        else:
            swap(handle, seat)
        self._settle()

    def vacate(self, name: str, seat: Seat, error: MosaicError) -> None:
        """Take a provider out, if it is still in its seat: calls raise `error` from now on."""
        handle = self._handles.get(name)
        if handle is not None and seat_of(handle) is seat:
            swap(handle, Seat(error=error))
            self._settle(error)

    def _settle(self, error: MosaicError | None = None) -> None:
        names = self.names()
        if names:
            first = seat_of(self._handles[names[0]])
            if seat_of(self._first) is not first:
                swap(self._first, first)
        elif seat_of(self._first).error is None:
            swap(self._first, Seat(error=error or self._explain(self.name, "")))


def _empty(port: str) -> Seat:
    return Seat(error=Unavailable("port-empty", f"nothing fills the port {port!r}"))


class PortBoard:
    """All the ports of one kernel."""

    def __init__(self, wanted: Mapping[str, Sequence[str]], explain: Callable[[str, str], Unavailable]) -> None:
        self._ports = {name: FilledPort(spec, wanted.get(name, ()), explain) for name, spec in PORTS.items()}

    def port(self, name: str) -> FilledPort:
        """Return a port.

        Raises:
            InputError: there is no such port.
        """
        found = self._ports.get(name)
        if found is None:
            raise InputError(
                "unknown-port",
                f"there is no port {name!r}",
                expected="one of " + ", ".join(PORTS),
                got=name,
                hint=nearest(name, PORTS),
            )
        return found

    def prefer(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Take over another configuration of the ports."""
        for name, port in self._ports.items():
            port.prefer(wanted.get(name, ()))
