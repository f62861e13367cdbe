"""Chains: the longest row of tasks left of a run, each of which waits for the one before it.

However many work at once, what is left takes no less time than that.
"""

from __future__ import annotations

import attrs
import trio

from .graphs import Graph

_SLICE = 1000  # tasks that are looked at before others have their turn


@attrs.frozen
class Chain:
    """`minutes` are estimated for those of the `tasks` that have an estimate; `guessed` have none."""

    minutes: int = 0
    guessed: int = 0
    tasks: int = 0

    def weight(self, usual: int) -> int:
        """Return how long it is, where a task without an estimate takes `usual` minutes."""
        return self.minutes + self.guessed * usual

    def behind(self, minutes: int | None) -> Chain:
        """Return the chain that begins with a task of so many minutes, and goes on with this one."""
        if minutes is None:
            return Chain(self.minutes, self.guessed + 1, self.tasks + 1)
        return Chain(self.minutes + minutes, self.guessed, self.tasks + 1)


async def longest_chain(graph: Graph, usual: int) -> Chain:
    """Return the longest chain of what is left, which must not change meanwhile."""

    def weight(chain: Chain) -> int:
        return chain.weight(usual)

    chains: dict[str, Chain] = {}
    stack = list(graph.tasks)
    looked_at = 0
    while stack:
        looked_at += 1
        if looked_at % _SLICE == 0:
            await trio.lowlevel.checkpoint()
        name = stack[-1]
        task = graph.tasks[name]
        others = () if task.state.is_final else [other for other, _ in task.dependants if other in graph.tasks]
        missing = [other for other in others if other not in chains]
        if missing:
            stack += missing
            continue
        stack.pop()
        if task.state.is_final:
            chains[name] = Chain()
        elif name not in chains:
            longest = max((chains[other] for other in others), key=weight, default=Chain())
            chains[name] = longest.behind(task.minutes)
    return max(chains.values(), key=weight, default=Chain())
