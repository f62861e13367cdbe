"""Ports: the named sockets of the kernel, their contracts' versions, and the smaller contracts.

Storage, workspace, agents and planning have modules of their own. A contract is refused unless its
major version is the kernel's and its minor version not above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from mosaic_hookspecs.agents import AGENTS_CONTRACT
from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.operations import Principal
from mosaic_hookspecs.planning import PLANNING_CONTRACT
from mosaic_hookspecs.storage import STORAGE_CONTRACT
from mosaic_hookspecs.tasks import RunSpec
from mosaic_hookspecs.workspace import WORKSPACE_CONTRACT


@attrs.frozen(kw_only=True)
class PortSpec:
    """A port: its name, its contract's version, and whether several providers may stand side by side."""

    name: str
    contract: str
    allows_many: bool


PORTS: Mapping[str, PortSpec] = {
    name: PortSpec(name=name, contract=contract, allows_many=many)
    for name, contract, many in (
        ("transport", "1.0", True),
        ("storage", STORAGE_CONTRACT, False),
        ("planning", PLANNING_CONTRACT, True),
        ("scheduling", "1.0", False),
        ("agents", AGENTS_CONTRACT, True),
        ("workspace", WORKSPACE_CONTRACT, True),
        ("auth", "1.0", False),
        ("ui", "1.0", True),
        ("observe", "1.0", True),
    )
}


def require_contract(port: str, contract: str, plugin: str) -> None:
    """Refuse a provider whose contract this Mosaic does not speak.

    Raises:
        Unavailable: the port is unknown, or the versions do not fit; both are named.
    """
    spec = PORTS.get(port)
    if spec is None:
        raise Unavailable(
            "unknown-port", f"plugin {plugin!r} provides port {port!r}", expected=", ".join(PORTS)
        )
    try:
        theirs = tuple(int(part) for part in contract.split("."))
    except ValueError:
        theirs = ()
    ours = tuple(int(part) for part in spec.contract.split("."))
    if len(theirs) != len(ours) or theirs[0] != ours[0] or theirs[1] > ours[1]:
        newer = theirs > ours
        raise Unavailable(
            "contract-mismatch",
            f"plugin {plugin!r} does not speak this Mosaic's {port} contract",
            expected=f"contract {spec.contract} or an older {ours[0]}.x",
            got=f"contract {contract}",
            hint="Upgrade mosaic-stack." if newer else f"Upgrade the plugin {plugin!r}.",
        )


class Transport(Protocol):
    """Serves operations to the outside: a provider of the transport port."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    async def serve(self) -> None:
        """Serve until cancelled; the kernel runs this in the plugin's nursery."""

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens now, as URLs; empty while it does not."""


class Scheduler(Protocol):
    """Brings ready tasks and agents together: a provider of the scheduling port."""

    async def drive(self, run_id: str) -> None:
        """Work on a run, with others if there are, until nothing can be done any more without a
        person or another agent; return then, or when the run is final.
        """

    async def create(self, run: RunSpec, tasks: Sequence[Any]) -> None:
        """Store a run that is ready to be driven. Raises as `mosaic_hookspecs.decide` says."""


class Authenticator(Protocol):
    """Turns credentials into a principal: a provider of the auth port."""

    async def authenticate(self, scheme: str, credentials: str) -> Principal:
        """Return who this is. Raises `Denied` for credentials that are not good."""


@attrs.frozen(kw_only=True)
class Contribution:
    """What a plugin adds to a user interface: a ``page``, ``panel``, ``theme`` or ``navigation``
    entry (`kind`), with what that kind needs in `data`.
    """

    kind: str
    name: str
    title: str
    data: Mapping[str, Any] = attrs.field(factory=dict)


class Interface(Protocol):
    """A provider of the ui port."""

    def contributions(self) -> Sequence[Contribution]:
        """What it adds; asked again at each new generation."""


class Observer(Protocol):
    """Follows the event log: a provider of the observe port."""

    async def observe(self, events: Sequence[Event]) -> None:
        """See events that were committed, in order, each at least once."""
