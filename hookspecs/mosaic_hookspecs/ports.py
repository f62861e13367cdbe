"""Ports: the named sockets of the kernel, their contracts' versions, and the smaller contracts.

Storage, workspace, agents, models, planning and ui have modules of their own. A contract is refused unless its
major version is the kernel's and its minor version not above it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import attrs

from mosaic_hookspecs.agents import AGENTS_CONTRACT
from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.models import MODELS_CONTRACT
from mosaic_hookspecs.operations import Principal
from mosaic_hookspecs.planning import PLANNING_CONTRACT
from mosaic_hookspecs.storage import STORAGE_CONTRACT, STORAGE_WRITES
from mosaic_hookspecs.tasks import RunSpec
from mosaic_hookspecs.transfer import copy_storage
from mosaic_hookspecs.user_interface import UI_CONTRACT
from mosaic_hookspecs.versions import fits, parse
from mosaic_hookspecs.workspace import WORKSPACE_CONTRACT

Hold: TypeAlias = Callable[[], Awaitable[None]]
"""Holds the writers of a port: returns when none is in flight; they wait until the swap is over."""
Transfer: TypeAlias = Callable[[Any, Any, Hold], Awaitable[None]]
"""``await transfer(old, new, hold)`` makes the provider `new` hold all that `old` holds."""


@attrs.frozen(kw_only=True)
class PortSpec:
    """A port: its name, its contract's version, and whether several providers may stand side by side.

    What happens when its provider is replaced while it is used: calls of the methods that `moves` names
    last (they wait, or drive), so each is ended, and made again on the next provider. `writes` names the
    methods that are held while data is handed over; None: all but those that move. `transfer` copies the
    data from one provider to another; None: it holds none.
    """

    name: str
    contract: str
    allows_many: bool = False
    moves: frozenset[str] = frozenset()
    writes: frozenset[str] | None = None
    transfer: Transfer | None = None


PORTS: Mapping[str, PortSpec] = {
    spec.name: spec
    for spec in (
        PortSpec(name="transport", contract="1.1", allows_many=True),
        PortSpec(
            name="storage",
            contract=STORAGE_CONTRACT,
            moves=frozenset({"wait"}),
            writes=STORAGE_WRITES,
            transfer=copy_storage,
        ),
        PortSpec(name="planning", contract=PLANNING_CONTRACT, allows_many=True),
        PortSpec(name="scheduling", contract="1.0", moves=frozenset({"drive"})),
        PortSpec(name="agents", contract=AGENTS_CONTRACT, allows_many=True),
        PortSpec(name="models", contract=MODELS_CONTRACT, allows_many=True),
        PortSpec(name="workspace", contract=WORKSPACE_CONTRACT, allows_many=True),
        PortSpec(name="auth", contract="1.0"),
        PortSpec(name="ui", contract=UI_CONTRACT, allows_many=True),
        PortSpec(name="observe", contract="1.1", allows_many=True),
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
    if not fits(contract, spec.contract):
        theirs, ours = parse(contract), parse(spec.contract)
        newer = theirs is not None and ours is not None and theirs > ours
        raise Unavailable(
            "contract-mismatch",
            f"plugin {plugin!r} does not speak this Mosaic's {port} contract",
            expected=f"contract {spec.contract} or an older {spec.contract.partition('.')[0]}.x",
            got=f"contract {contract}",
            hint="Upgrade mosaic-stack." if newer else f"Upgrade the plugin {plugin!r}.",
        )


class Transport(Protocol):
    """Serves operations to the outside: a provider of the transport port. The kernel runs `serve` where it
    was asked to serve (``Kernel(serves=True)``, `mosaic run`, `mosaic dev`); elsewhere nothing listens.

    One that serves, and listens nowhere, such as one that only calls out, says so by ``has_addresses = False``
    (since contract 1.1).

    One that is an ASGI 3 application, or a provider of the port ``ui`` that is, may be served on the port of
    another transport: its ``asgi_path`` says where (one path, such as ``/mcp``, or several), ``asgi`` answers,
    and ``asgi_is_open = True`` says that it lets people in by itself. Where ``asgi`` is no method, but an
    object with a method ``serve``, its requests do not count as calls in flight: the plugin ends them itself
    when it is drained. A transport that serves others says ``serves_mounts = True``, and ``await reached()``
    returns its address.
    """

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    async def serve(self) -> None:
        """Serve until cancelled; the kernel runs this in the plugin's nursery. During a reload, old and new
        serve side by side for a moment: what both need, such as a listening socket, is handed over as a
        resource of the plugin's `State`.
        """

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


class Observer(Protocol):
    """Follows the event log: a provider of the observe port. A new one begins with what comes next; with
    ``from_start = True`` (since contract 1.1), with the first event of the log.
    """

    async def observe(self, events: Sequence[Event]) -> None:
        """See events that were committed, in order, each at least once."""
