"""The operations ``mcp.lend`` and ``mcp.recall``: for runtimes, which hand the connection to their agent."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .lent_system import ended, is_alive
from .loans import Attempt, Loans

URL, TOKEN = "MOSAIC_MCP_URL", "MOSAIC_MCP_TOKEN"
"""The variables by which ``mosaic mcp`` finds the connection that it was lent."""
PERMISSION = "mcp:lend"


@attrs.frozen(kw_only=True)
class Lend:
    """For which attempt, and whom."""

    run_id: str = attrs.field(metadata={"help": "The run of the attempt."})
    task_id: str = attrs.field(metadata={"help": "The task that is attempted."})
    token: int = attrs.field(metadata={"help": "The fencing token of the attempt's lease."})
    agent: str = attrs.field(metadata={"help": "The name of the agent that makes it."})


@attrs.frozen(kw_only=True)
class Loan:
    """How the agent reaches Mosaic. Keep `bearer` and `environment` off the screen and the log."""

    url: str = attrs.field(metadata={"help": "Where Streamable HTTP is served."})
    bearer: str = attrs.field(
        repr=False, metadata={"help": "The token to send there; it stands for this attempt alone."}
    )
    command: Sequence[str] = attrs.field(metadata={"help": "The program that speaks MCP over stdio instead."})
    environment: Mapping[str, str] = attrs.field(
        repr=False, metadata={"help": "What that program needs in its environment."}
    )


@attrs.frozen(kw_only=True)
class Recall:
    """Which attempt has ended."""

    run_id: str = attrs.field(metadata={"help": "The run of the attempt."})
    task_id: str = attrs.field(metadata={"help": "The task that was attempted."})
    token: int = attrs.field(metadata={"help": "The fencing token of the attempt's lease."})


@attrs.frozen(kw_only=True)
class Recalled:
    """What was recalled."""

    loans: int = attrs.field(metadata={"help": "How many connections no longer work."})


class Lender:
    """Lends connections. `reached` returns the address of the endpoint, once it listens."""

    def __init__(self, context: Context, loans: Loans, reached: Callable[[], Awaitable[str]]) -> None:
        self._context = context
        self._loans = loans
        self._reached = reached

    async def lend(self, request: Lend, call: Call) -> Loan:
        """Lend a connection for an attempt."""
        attempt = Attempt(**{field.name: getattr(request, field.name) for field in attrs.fields(Lend)})
        if not await is_alive(self._context, attempt):
            raise ended()
        url = await self._reached()
        if len(self._loans) >= self._loans.most:
            await self._sweep()
        bearer = self._loans.lend(attempt)
        return Loan(
            url=url,
            bearer=bearer,
            # Without the directory that it is started in on its path: that is the agent's to write to.
            command=(sys.executable, "-P", "-m", "mosaic_cli", "mcp"),
            environment={URL: url, TOKEN: bearer},
        )

    async def recall(self, request: Recall, call: Call) -> Recalled:
        """End what was lent for an attempt."""
        return Recalled(loans=self._loans.recall(request.run_id, request.task_id, request.token))

    async def _sweep(self) -> None:
        """Forget the loans whose attempts have ended without a word."""
        for attempt in self._loans:
            if not await is_alive(self._context, attempt):
                self._loans.recall(attempt.run_id, attempt.task_id, attempt.token)
        if len(self._loans) >= self._loans.most:
            raise Refused(
                "too-many-loans",
                f"{len(self._loans)} connections are lent already",
                expected=f"at most {self._loans.most}",
                hint="Set plugins.mcp.loans higher, or run fewer agents at once.",
            )

    def operations(self) -> Sequence[Operation]:
        """Declare them."""
        command = OperationKind.COMMAND
        return [
            Operation(
                name="mcp.lend",
                kind=command,
                input=Lend,
                output=Loan,
                handler=self.lend,
                permission=PERMISSION,
                summary="Lend an agent a narrow MCP connection for one attempt.",
            ),
            Operation(
                name="mcp.recall",
                kind=command,
                input=Recall,
                output=Recalled,
                handler=self.recall,
                permission=PERMISSION,
                summary="End the connections that were lent for an attempt.",
            ),
        ]
