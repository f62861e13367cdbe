"""Stands around every query and command: refuses those that change something in the dead of night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mosaic_hookspecs import Call, Context, Denied, InterceptorSpec, OperationKind, Proceed, hookimpl

_MORNING = 6


class InterceptingPlugin:
    """Lets nobody change anything before six o'clock UTC."""

    @hookimpl
    def mosaic_interceptors(self, context: Context) -> Sequence[InterceptorSpec]:
        """Declare the interceptor, and where it stands."""

        async def by_day(call: Call, data: Any, proceed: Proceed) -> Any:
            hour = datetime.fromtimestamp(context.clock.now() / 1000, tz=UTC).hour
            if hour < _MORNING and call.operation.kind is OperationKind.COMMAND:
                raise Denied("too-early", "nothing is changed at night", hint="Come back at six.")
            return await proceed(data)

        return [InterceptorSpec(stage="authorize", interceptor=by_day)]
