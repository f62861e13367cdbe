"""Prompts: lists them, and fills them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs.errors import MosaicError

from .asking import answered
from .failures import describe
from .prompts import BUILT_IN, filled, require_arguments
from .settings import Config, PromptEntry
from .system import System


class Prompts:
    """The built-in prompts, and those of the configuration."""

    def __init__(self, system: System, config: Config) -> None:
        self._system = system
        self._prompts = {prompt.name: prompt for prompt in (*BUILT_IN, *config.prompts)}

    def listed(self) -> Sequence[types.Prompt]:
        """Return them all."""
        return [
            types.Prompt(
                name=prompt.name,
                description=prompt.description or None,
                arguments=[
                    types.PromptArgument(
                        name=one.name, description=one.description or None, required=one.required
                    )
                    for one in prompt.arguments
                ],
            )
            for prompt in self._prompts.values()
        ]

    def arguments_of(self, name: str) -> tuple[str, ...]:
        """Return the names of what a prompt asks for; none for a prompt that there is not."""
        prompt = self._prompts.get(name)
        return () if prompt is None else tuple(one.name for one in prompt.arguments)

    async def get(
        self, ctx: ServerRequestContext[Any, Any], params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        """Return a prompt, filled in.

        Raises:
            MCPError: there is no such prompt, or the arguments do not fit.
        """
        prompt = self._prompts.get(params.name)
        if prompt is None:
            names = ", ".join(self._prompts)
            raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}; there are {names}")
        arguments = params.arguments or {}
        try:
            require_arguments(prompt, arguments)
            return await self._filled(ctx, prompt, arguments, params)
        except MosaicError as error:
            raise MCPError(types.INVALID_PARAMS, str(error), {"error": describe(error)}) from None

    async def _filled(
        self,
        ctx: ServerRequestContext[Any, Any],
        prompt: PromptEntry,
        arguments: Mapping[str, str],
        params: types.GetPromptRequestParams,
    ) -> types.GetPromptResult | types.InputRequiredResult:
        description = prompt.description or None
        if not prompt.operation:
            message = types.PromptMessage(
                role="user", content=types.TextContent(text=filled(prompt, arguments))
            )
            return types.GetPromptResult(description=description, messages=[message])

        async def carry(given: Mapping[str, Any]) -> Any:
            return await self._system.dispatch(prompt.operation, {**arguments, **given})

        output = await answered(ctx, params, carry)
        if isinstance(output, types.InputRequiredResult):
            return output
        return types.GetPromptResult.model_validate(
            {"description": description, "messages": output.get("messages", [])}
        )
