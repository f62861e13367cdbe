"""The kernel's own operation ``ports.list``: what fills each port now, and what could."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.ports import PORTS

from .own_records import Nothing
from .runtime import Runtime


@attrs.frozen(kw_only=True)
class ProviderView:
    """A provider: `plugin` brings it, and `state` is that plugin's; `is_in` says whether it is in the port."""

    name: str
    plugin: str
    state: str
    is_in: bool


@attrs.frozen(kw_only=True)
class PortView:
    """A port: those in it first, in their order; then those that could be. What is in one that `keeps_data` is
    copied when it is swapped.
    """

    name: str
    contract: str
    allows_many: bool
    keeps_data: bool
    providers: Sequence[ProviderView] = ()


@attrs.frozen(kw_only=True)
class PortList:
    """Every port."""

    ports: Sequence[PortView] = ()


def port_operations(runtime: Runtime) -> list[Operation]:
    """Return the operation."""

    async def ask(data: Nothing, call: Call) -> PortList:
        return PortList(ports=tuple(_view(runtime, name) for name in PORTS))

    return [
        Operation(
            name="ports.list",
            kind=OperationKind.QUERY,
            input=Nothing,
            output=PortList,
            handler=ask,
            permission="plugins:read",
            summary="List every port with the providers that are in it, and those that could be.",
        )
    ]


def _view(runtime: Runtime, port: str) -> PortView:
    inside = {
        name: slot
        for slot in runtime.slots.values()
        for at, name, _ in (slot.generation.seats if slot.generation is not None else ())
        if at == port
    }
    names = [name for name in runtime.board.port(port).names() if name in inside]
    could = {
        name: slot
        for _, slot in sorted(runtime.slots.items())
        for at, name in slot.providers()
        if at == port and name != "*" and name not in names
    }
    return PortView(
        name=port,
        contract=PORTS[port].contract,
        allows_many=PORTS[port].allows_many,
        keeps_data=PORTS[port].transfer is not None,
        providers=(
            *(
                ProviderView(name=name, plugin=inside[name].name, state=inside[name].state.value, is_in=True)
                for name in names
            ),
            *(
                ProviderView(name=name, plugin=slot.name, state=slot.state.value, is_in=False)
                for name, slot in could.items()
            ),
        ),
    )
