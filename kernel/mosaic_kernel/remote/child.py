"""A plugin written in Python, in a process of its own: ``python -m mosaic_kernel.remote.child TARGET``.

``TARGET`` is the value of its entry point. Standard input and output are the connection to the kernel; what
the plugin prints goes to standard error, which is its log. It ends with its input, and takes all that it
started with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import trio

from ..discovery import Listing
from .child_service import ChildService
from .fresh_code import import_fresh
from .limits import apply_limits, end_with_parent
from .objects import Objects
from .peer import Peer
from .pipes import Pipe

_SECONDS = 30.0


def main(target: str, options: str = "{}") -> None:
    """Serve the plugin until standard input ends."""
    source, sink = _take_over_standard_streams()
    signal.signal(signal.SIGTERM, _end_all)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the kernel, which ends this
    end_with_parent(signal.SIGTERM)
    given = json.loads(options)
    apply_limits(**given.get("limits", {}))
    sys.path[:] = given.get("path", sys.path)
    import_fresh(target.partition(":")[0].partition(".")[0].strip())
    was_shut_down = trio.run(_serve, source, sink, target, str(given.get("distribution", "")))
    sys.stderr.flush()
    if not was_shut_down:
        _end_all()


async def _serve(source: int, sink: int, target: str, distribution: str) -> bool:
    def load(name: str) -> Any:
        from ..loading import import_class

        return import_class(Listing(name=name, target=target, distribution=distribution or name))

    async with trio.open_nursery() as nursery:
        service = ChildService(load, nursery)
        peer = Peer(Pipe(source, sink), service, who="the kernel", seconds=_SECONDS, yields=True)
        service.objects = Objects(peer)
        fault = await peer.run()
        if fault is not None:
            sys.stderr.write(f"{fault}\n")
        await service.stop()
        nursery.cancel_scope.cancel()
    return service.was_shut_down


def _take_over_standard_streams() -> tuple[int, int]:
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink


def _end_all(*_: Any) -> None:
    # The kernel made this process the first of a group, in which all that it starts is.
    if os.getpid() == os.getpgrp():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
