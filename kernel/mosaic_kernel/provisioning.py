"""From what a plugin provides to seats for ports: only what its manifest announced, under names of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.hooks import Provision

from .generation import Generation
from .ports import PortBoard
from .seats import Seat
from .selection import is_named
from .slots import Slot

Ports = Mapping[str, Sequence[str]]


def seats_of(  # noqa: PLR0913 - what is provided, and into what
    slot: Slot,
    generation: Generation,
    provisions: Sequence[Provision],
    board: PortBoard,
    ports: Ports,
    leaving: Sequence[Generation] = (),
) -> list[tuple[str, str, Seat]]:
    """Return (port, name, seat) for each provision that the configuration of the `ports` lets in. The
    places of generations that are `leaving` may be taken.

    Raises:
        InputError: the manifest does not say that the plugin fills that port, or another plugin's provider
            has the name.
    """
    announced = slot.providers()
    old = [slot.generation] if slot.generation else []
    replaceable = {id(seat) for one in (*old, *leaving) for _, _, seat in one.seats}
    found: list[tuple[str, str, Seat]] = []
    for provision in provisions:
        name = provision.name or slot.name
        if provision.port not in {port for port, _ in announced}:
            raise InputError(
                "not-announced",
                f"plugin {slot.name!r} fills the port {provision.port!r}, which its manifest does not say",
                expected=", ".join(f"{port}: {one}" for port, one in announced) or "no providers",
            )
        if not {(provision.port, name), (provision.port, "*")} & set(announced):
            # The port is what the order of the start depends on; the name is what the user can read.
            generation.log.warning("provider.not_announced", port=provision.port, provider=name)
        if not is_named(provision.port, name, ports):
            continue
        taken = board.port(provision.port).seat(name)
        is_double = (provision.port, name) in {pair[:2] for pair in found}
        if is_double or (taken is not None and id(taken) not in replaceable):
            raise InputError(
                "provider-clash",
                f"two plugins provide {name!r} for the port {provision.port!r}",
                hint=f"Disable one of them: plugins.{slot.name}: false.",
            )
        found.append((provision.port, name, Seat(provision.provider)))
    return found


def check_promises(slot: Slot, generation: Generation, ports: Ports) -> None:
    """Log each provider that the manifest promises, the configuration wants, and the plugin has not."""
    promised = {pair for pair in slot.providers() if pair[1] != "*" and is_named(*pair, ports)}
    for port, name in promised - {(port, name) for port, name, _ in generation.seats}:
        generation.log.warning("provider.not_provided", port=port, provider=name)


def require_kept(
    slot: Slot, generation: Generation, board: PortBoard, ports: Ports, needed: Collection[str]
) -> None:
    """Refuse a generation that would leave out what the one before provides, and is to be provided still.

    Raises:
        Unavailable: its manifest promises a provider that it has not (code ``not-provided``), or a port that
            another plugin needs (`needed`) would be empty (``port-empty``).
    """
    old = slot.generation.seats if slot.generation else []
    left = {(port, name) for port, name, _ in old} - {(port, name) for port, name, _ in generation.seats}
    for port, name in sorted(left):
        if not is_named(port, name, ports):
            continue
        if (port, name) in slot.providers():
            raise Unavailable(
                "not-provided",
                f"mosaic_provide does not return {name!r} for the port {port!r}, which the manifest promises",
                got=", ".join(f"{at}: {one}" for at, one, _ in generation.seats) or "no providers",
            )
        others = set(board.port(port).names()) - {one for at, one in left if at == port}
        if port in needed and not others and port not in {at for at, _, _ in generation.seats}:
            raise Unavailable("port-empty", f"nothing would fill the port {port!r}, which another plugin needs")
