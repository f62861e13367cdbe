"""The ports of one kernel: which seats are in each, under handles that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mosaic_hookspecs.errors import InputError, MosaicError, Unavailable
from mosaic_hookspecs.ports import PORTS

from .failures import nearest
from .handles import Handle, Seat, swap


class FilledPort:
    """A port and the providers in it, in the order of the configuration; see `mosaic_hookspecs.Port`."""

    def __init__(self, name: str, wanted: Sequence[str], explain: Callable[[str, str], Unavailable]) -> None:
        self._name = name
        self._wanted = tuple(wanted)
        self._explain = explain
        self._handles: dict[str, Handle] = {}

    @property
    def name(self) -> str:
        """The port's name."""
        return self._name

    def names(self) -> tuple[str, ...]:
        """The names of the providers that are in it now."""
        filled = [name for name, handle in self._handles.items() if _seat(handle).error is None]
        rank = {name: place for place, name in enumerate(self._wanted)}
        return tuple(sorted(filled, key=lambda name: rank.get(name, len(rank))))

    def get(self, name: str = "") -> Any:
        """Return the handle of a provider; see `mosaic_hookspecs.Port.get`."""
        wanted = name or next(iter(self.names()), "")
        handle = self._handles.get(wanted)
        if handle is None:
            raise self._explain(self._name, name)
        _seat(handle).require()
        return handle

    def fill(self, name: str, provider: Any) -> Seat:
        """Put a provider in; return its seat."""
        seat = Seat(provider)
        handle = self._handles.get(name)
        if handle is None:
            self._handles[name] = Handle(f"{self._name} {name}", seat)
        else:
            swap(handle, seat)
        return seat

    def vacate(self, name: str, seat: Seat, error: MosaicError) -> None:
        """Take a provider out, if it is still in its seat: calls raise `error` from now on."""
        handle = self._handles.get(name)
        if handle is not None and _seat(handle) is seat:
            swap(handle, Seat(error=error))


def _seat(handle: Handle) -> Seat:
    return handle._mosaic_seat  # noqa: SLF001 - the handle's public names are its provider's


class PortBoard:
    """All the ports of one kernel."""

    def __init__(self, wanted: Mapping[str, Sequence[str]], explain: Callable[[str, str], Unavailable]) -> None:
        self._ports = {name: FilledPort(name, wanted.get(name, ()), explain) for name in PORTS}

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
