"""Where an agent may be talked with: the configured address, and what its card may point to.

Refuses plain HTTP beyond this machine unless it is allowed, and every origin that the configuration does not
name.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from mosaic_hookspecs import Denied, InputError

from .configuration import RemoteAgent

_PORTS = {"http": 80, "https": 443}
_HERE = {"localhost", "127.0.0.1", "::1"}
_CARD = "/.well-known/agent-card.json"


class Addresses:
    """What one agent's configuration allows.

    Args:
        name: the agent's name, for what is said of mistakes.
        agent: its configuration.

    Raises:
        InputError: an address is none, or may not be used (code ``bad-address``).
    """

    def __init__(self, name: str, agent: RemoteAgent) -> None:
        self._where = f"plugins.a2a.agents.{name}"
        self._allow_plain = agent.allow_plain
        configured = self._parsed(agent.url, f"{self._where}.url")
        self._origins = {origin(configured)}
        self._origins |= {origin(self._parsed(url, f"{self._where}.also")) for url in agent.also}
        path = configured.path
        if not path.endswith(".json"):
            path = path.rstrip("/") + _CARD
        self.card = configured._replace(path=path, fragment="")

    def allowed(self, url: str) -> SplitResult:
        """Return an address that the agent's card points to.

        Raises:
            Denied: the configuration does not name its origin (code ``strange-address``).
        """
        try:
            found = self._parsed(url, "supportedInterfaces.url")
        except InputError as error:
            raise Denied("strange-address", error.what, got=error.got) from error
        if origin(found) not in self._origins:
            raise Denied(
                "strange-address",
                "the agent's card points to an address that is not configured",
                where=f"{self._where}.also",
                expected=" or ".join(sorted(self._origins)),
                got=url[:200],
                hint="If that is right, name its origin under `also`.",
            )
        return found

    def _parsed(self, url: str, where: str) -> SplitResult:
        try:
            found = urlsplit(url)
            host, _ = found.hostname, found.port
        except ValueError as error:
            raise InputError(
                "bad-address", f"this is no address: {error}", where=where, got=url[:200]
            ) from error
        if found.scheme not in _PORTS or not host or found.username or found.password:
            raise InputError(
                "bad-address",
                "this is no address of an agent",
                where=where,
                expected="https://host[:port][/path], without a user",
                got=url[:200],
            )
        if found.scheme == "http" and host not in _HERE and not self._allow_plain:
            raise InputError(
                "bad-address",
                "plain http can be read and changed by everybody on the way",
                where=where,
                expected="https",
                got=url[:200],
                hint="Use https, or set allow_plain where the network is trusted.",
            )
        return found


def origin(address: SplitResult) -> str:
    """Return scheme, host and port of an address."""
    host = address.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{address.scheme}://{shown}:{port_of(address)}"


def port_of(address: SplitResult) -> int:
    """Return the port of an address, which may be its scheme's own."""
    return address.port or _PORTS[address.scheme]


def authority(address: SplitResult) -> str:
    """Return what the header ``Host`` says for an address."""
    shown = origin(address).partition("://")[2]
    return shown.removesuffix(f":{_PORTS[address.scheme]}")
