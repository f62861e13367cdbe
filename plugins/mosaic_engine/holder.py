"""Who holds leases: an identifier by which a dead worker of this machine is recognised.

``host:pid:start-ticks:random``. The host carries the number of the process-id namespace, since a pid
means nothing outside of it.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def _host() -> str:
    name = socket.gethostname().replace(":", "-") or "localhost"
    try:
        return f"{name}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return name


def _start_ticks(pid: int) -> str | None:
    """Return when a process started, in ticks since boot; "" if it lives but this system does not
    tell; None if it is gone.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except ProcessLookupError:
        return None
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            return ""
        return ""
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def make_holder() -> str:
    """Return an identifier for one driver in this process."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start_ticks(pid) or 0}:{secrets.token_hex(4)}"


def is_here(holder: str) -> bool:
    """Whether the holder is a driver in this process."""
    return holder.startswith(f"{_host()}:{os.getpid()}:")


def is_dead(holder: str) -> bool:
    """Whether the holder was a process of this machine that is gone. Never true for what cannot be
    known: another host, another namespace, a holder that was not made here.
    """
    host, _, rest = holder.partition(":")
    pid, _, rest = rest.partition(":")
    ticks, _, _ = rest.partition(":")
    if host != _host() or not pid.isdecimal() or not ticks.isdecimal():
        return False
    now = _start_ticks(int(pid))
    return now is None or (now not in ("", ticks) and ticks != "0")
