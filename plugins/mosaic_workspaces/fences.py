"""Publishes under the fencing token: moves a branch once, and never again for the same token.

A fence is a ref of its own for each attempt, ``refs/mosaic/published/RUN/TASK/TOKEN``. While it is
absent, the attempt may publish; it names the candidate once that is published, and anything else once
it never will be.

The branch moves in one transaction that also locks the fence and verifies that it is absent. Only the
branch changes in it, because git writes the refs of a transaction one after the other: a kill between
two would tear them apart. The fence is set afterwards; if that does not happen, the branch's history
tells. Burning sets the fence in a transaction that locks the branch and verifies that it is what was
seen. So a publisher that was paused at any point finds either an absent fence and the very base it
knows, or fails for ever, also when the branch comes back to that base.
"""

from __future__ import annotations

import trio

from mosaic_hookspecs import Proposal, WorkspaceRequest

from .area import ref_name, safe_name
from .git_repository import GitRepository, GitResult, git_failed
from .locks import await_lock

ABSENT = "0" * 40
_ROUNDS = 20


def fence_of(request: WorkspaceRequest) -> str:
    """Return the name of an attempt's fence."""
    return f"refs/mosaic/published/{ref_name(request.run_id)}/{ref_name(request.task_id)}/{request.token}"


async def publish(
    repository: GitRepository, branch: str, request: WorkspaceRequest, proposal: Proposal, lock_seconds: float
) -> bool:
    """Move `branch` from the proposal's base to its candidate, under the request's token; see
    `mosaic_hookspecs.WorkspaceProvider.publish`.
    """
    fence = fence_of(request)
    candidate, base = proposal.candidate, proposal.base
    reason = f"mosaic: {safe_name(request.task_id)}"
    for _ in range(_ROUNDS):
        moved = await _transact(
            repository, f"verify {fence} {ABSENT}\nupdate {branch} {candidate} {base}\n", reason, lock_seconds
        )
        if moved is not None and moved.code == 0:
            return await _record(repository, fence, candidate, lock_seconds)
        if settled := await repository.resolve(fence):
            return settled == candidate
        if moved is None:
            continue
        tip = await repository.resolve(branch)
        if tip == base and await repository.resolve(candidate):
            # Nothing stands in the way any more: it was a lock, or a branch that came back.
            await trio.sleep(0.01)
            continue
        if tip and await repository.is_ancestor(candidate, tip):
            return await _record(repository, fence, candidate, lock_seconds)
        burned = await _transact(
            repository,
            f"verify {branch} {tip or ABSENT}\ncreate {fence} {base if base != candidate else tip}\n",
            reason,
            lock_seconds,
        )
        if burned is not None and burned.code == 0:
            return False
    raise git_failed(("update-ref",), moved or GitResult(code=-1, output=b"", errors="the refs stay locked"))


async def _record(repository: GitRepository, fence: str, candidate: str, lock_seconds: float) -> bool:
    for _ in range(_ROUNDS):
        result = await _transact(repository, f"create {fence} {candidate}\n", "mosaic", lock_seconds)
        if result is not None and result.code == 0:
            return True
        if settled := await repository.resolve(fence):
            return settled == candidate
    # The branch has moved, which its history tells as well.
    return True


async def _transact(
    repository: GitRepository, commands: str, reason: str, lock_seconds: float
) -> GitResult | None:
    """Carry out one transaction over refs; None if a lock stood in its way and is gone now."""
    with trio.CancelScope(shield=True):
        result = await repository.run(
            "update-ref", "-m", reason, "--stdin", stdin=f"start\n{commands}prepare\ncommit\n".encode()
        )
    if lock := result.locked_path:
        await await_lock(repository.path / lock, repository.common, lock_seconds)
        return None
    return result
