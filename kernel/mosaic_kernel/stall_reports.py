"""What a kernel makes of a stall of its event loop: a log line at once, and a fault of the plugin."""

from __future__ import annotations

from .faults import STALLING
from .interception import OnFault
from .registry import KERNEL
from .runtime import Runtime
from .stalls import Stall, StallWatch


def watch_stalls(runtime: Runtime, on_fault: OnFault) -> StallWatch:
    """Watch the running event loop for one kernel, and return the watch, to be stopped."""

    def owners() -> dict[str, str]:
        found = {}
        for name, slot in tuple(runtime.slots.items()):
            made = slot.listing.factory
            if made is None:
                target = slot.listing.target.partition(":")[0]
            else:
                target = getattr(made, "__module__", "") or type(made).__module__
            found[target.partition(".")[0].strip()] = name
        return found

    def blocked(stall: Stall) -> None:
        # In the watching thread: a loop that never goes on is told of, too.
        log = runtime.log.named(stall.plugin or KERNEL)
        log.error("loop.stalled", where=stall.where, seconds=round(stall.seconds, 3))

    def stalled(stall: Stall) -> None:
        if stall.is_over and stall.plugin:
            on_fault(
                stall.plugin,
                STALLING,
                RuntimeError(f"it was blocked for {stall.seconds:.2f} s at {stall.where}"),
            )

    watch = StallWatch(owners, stalled, runtime.configuration.kernel.stall_seconds, on_blocked=blocked)
    watch.start()
    return watch
