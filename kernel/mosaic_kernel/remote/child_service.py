"""What a child serves to the kernel: the hooks, operations and interceptors of its plugin."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs.errors import InputError, NotFound, Refused
from mosaic_hookspecs.hooks import HOOK_POLICIES, HOOKS_CONTRACT, State
from mosaic_hookspecs.operations import Call, InterceptorSpec, Operation, OperationKind
from mosaic_hookspecs.plugin_protocol import PROTOCOL, require_protocol

from ..decode import decode, make_converter
from ..encode import to_json_data
from ..generation import Generation, Recipe
from ..hook_calls import call_hook, make_manager, register
from ..json_schema import record_schema, type_schema
from .child_context import ChildBus, ChildClock, ChildContext, ChildLog
from .codec import contract_name
from .objects import Objects

_SHUTDOWN_SECONDS = 10.0


class ChildService:
    """Implements `mosaic_kernel.remote.peer.Service` for one plugin. `load` imports its class."""

    objects: Objects

    def __init__(self, load: Callable[[str], Any], nursery: trio.Nursery) -> None:
        self._load = load
        self._nursery = nursery
        self._manager = make_manager()
        self._converter = make_converter()
        self._generation: Generation | None = None
        self.was_shut_down = False
        self._operations: dict[str, Operation] = {}
        self._interceptors: list[InterceptorSpec] = []
        self._requests: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[Any]]] = {
            "initialize": self._initialize,
            "shutdown": self._shutdown,
            "operation": self._operate,
            "follow": self._follow,
            "intercept": self._intercept,
            **{hook: self._hooked(hook) for hook in HOOK_POLICIES},
        }

    async def serve(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a request."""
        if self.objects.serves(method):
            return await self.objects.serve(method, params)
        if method not in self._requests:
            raise NotFound("unknown-method", f"a plugin has no method {method!r}")
        return await self._requests[method](params)

    def serve_now(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a question at once."""
        if method != "resume":
            return self.objects.serve_now(method, params)
        operation = self._operation(params)
        if operation.resume is None:
            raise NotFound("no-resume", f"the operation {operation.name!r} does not say how it goes on")
        data = self._read(operation.input, params["input"])
        return self._write(operation.resume(data, self._read(operation.output, params["item"])))

    def hear(self, method: str, params: Mapping[str, Any]) -> None:
        """Take a notification."""
        if method in ("tell", "release"):
            self.objects.hear(method, params)
        elif method == "mosaic_plugin_failed":
            error = self.objects.decode(params["error"])
            hook, plugin = self._manager.hook.mosaic_plugin_failed, params["plugin"]
            hook(context=self._running().context, plugin=plugin, error=error)

    def complain(self, event: str, **facts: Any) -> None:
        """Log what the kernel said and cannot be used."""
        ChildLog(self.objects).warning(event, **facts)

    async def stop(self) -> None:
        """End the plugin's tasks, and run its undos."""
        generation, self._generation = self._generation, None
        if generation is not None:
            await generation.stop(_SHUTDOWN_SECONDS)

    async def _initialize(self, params: Mapping[str, Any]) -> Any:
        if self._generation is not None:
            raise Refused("initialized", "this process was initialized before")
        require_protocol(
            {name: params.get(name) for name in ("protocol", "hooks")},
            {"protocol": PROTOCOL, "hooks": HOOKS_CONTRACT},
            "the kernel",
            "Upgrade mosaic-stack where the plugin runs, or where the kernel does, so that they fit.",
            judges_minor=False,
        )
        self.objects.peer.seconds = float(params["seconds"])
        name = str(params["plugin"])
        plugin_class = self._load(name)
        recipe = Recipe(plugin_class=plugin_class, config=self._config(name, plugin_class, params["config"]))
        log = ChildLog(self.objects)
        generation = Generation(name, params["generation"], recipe, log, self._crashed)
        generation.context = ChildContext(
            plugin=name,
            generation=params["generation"],
            config=recipe.config,
            clock=ChildClock(self.objects.peer.ask("now", {})),
            log=log,
            bus=ChildBus(self.objects, self.objects.decode(params["bus"])),
            state_directory=Path(params["directories"]["state"]),
            project_directory=Path(params["directories"]["project"]),
            objects=self.objects,
            own=generation,
        )
        await self._nursery.start(generation.run)
        register(self._manager, generation)
        self._generation = generation
        implemented = [name for name in HOOK_POLICIES if getattr(self._manager.hook, name).get_hookimpls()]
        answer: dict[str, Any] = {"protocol": PROTOCOL, "hooks": HOOKS_CONTRACT, "implements": implemented}
        kind = getattr(plugin_class, "Config", None)
        return answer if kind is None else answer | {"config_schema": record_schema(kind)}

    def _config(self, name: str, plugin_class: Any, data: Any) -> Any:
        kind = getattr(plugin_class, "Config", None)
        plain = self.objects.decode(data)
        if kind is not None:
            return decode(kind, plain, prefix=("plugins", name), code="bad-config")
        if plain:
            raise InputError(
                "bad-config",
                f"plugin {name!r} has no configuration",
                where=f"plugins.{name}",
                expected="nothing",
            )
        return None

    def _crashed(self, generation: Generation, error: Exception) -> None:
        self.objects.peer.notify("crashed", {"error": self.objects.encode(error)})

    def _running(self) -> Generation:
        if self._generation is None:
            raise Refused("not-initialized", "`initialize` comes first, and nothing comes after `shutdown`")
        return self._generation

    def _hooked(self, hook: str) -> Callable[[Mapping[str, Any]], Awaitable[Any]]:
        async def call(params: Mapping[str, Any]) -> Any:
            generation, arguments = self._running(), {}
            if hook == "mosaic_import_state":
                data = self.objects.decode(params.get("data"))
                arguments["state"] = State(version=params["version"], data=data)
            # The kernel sets the deadline, by cancelling.
            result = await call_hook(
                self._manager, hook, generation, math.inf, context=generation.context, **arguments
            )
            return self._told(hook, result)

        return call

    def _told(self, hook: str, result: Any) -> Any:
        if hook == "mosaic_operations":
            self._operations = {one.name: one for one in result or ()}
            return [self._declare(one) for one in self._operations.values()]
        if hook == "mosaic_interceptors":
            self._interceptors = list(result or ())
            return [{"stage": one.stage} for one in self._interceptors]
        if hook == "mosaic_provide":
            return [
                {"port": one.port, "name": one.name, "provider": self.objects.encode(one.provider)}
                for one in result or ()
            ]
        if hook == "mosaic_health" and result is not None:
            return attrs.asdict(result)
        if hook == "mosaic_export_state" and result is not None:
            if result.resources:
                raise Refused(
                    "state-resources",
                    "resources of one process cannot be handed to another",
                    got=", ".join(result.resources),
                    hint="Leave them out where the plugin runs in a process of its own.",
                )
            return {"version": result.version, "data": self.objects.encode(result.data)}
        return None

    def _declare(self, operation: Operation) -> dict[str, Any]:
        return {
            "name": operation.name,
            "kind": operation.kind.value,
            "permission": operation.permission,
            "summary": operation.summary,
            "input": _schema(operation.input),
            "output": _schema(operation.output),
            "moves": operation.moves,
            "resumes": operation.resume is not None,
        }

    def _operation(self, params: Mapping[str, Any]) -> Operation:
        self._running()
        found = self._operations.get(str(params.get("name")))
        if found is None:
            raise NotFound("unknown-operation", f"there is no operation {params.get('name')!r}")
        return found

    def _read(self, kind: type, data: Any) -> Any:
        if contract_name(kind) is not None:
            return self.objects.decode(data)
        return decode(kind, data, converter=self._converter)

    def _write(self, value: Any) -> Any:
        is_contract = contract_name(type(value)) is not None
        return self.objects.encode(value) if is_contract else to_json_data(value)

    def _call(self, data: Mapping[str, Any], operation: Operation | None = None) -> Call:
        return Call(
            operation=operation or _elsewhere(data),
            principal=self.objects.decode(data["principal"]),
            correlation=str(data.get("correlation", "")),
        )

    async def _operate(self, params: Mapping[str, Any]) -> Any:
        operation = self._operation(params)
        handler: Any = operation.handler
        result = await handler(
            self._read(operation.input, params["input"]), self._call(params["call"], operation)
        )
        return self._write(result)

    async def _follow(self, params: Mapping[str, Any]) -> Any:
        operation = self._operation(params)
        handler: Any = operation.handler
        items = handler(self._read(operation.input, params["input"]), self._call(params["call"], operation))

        async def written() -> Any:
            try:
                async for item in items:
                    yield self._write(item)
            finally:
                await items.aclose()

        return self.objects.encode(written())

    async def _intercept(self, params: Mapping[str, Any]) -> Any:
        self._running()
        interceptor: Any = self._interceptors[params["interceptor"]].interceptor
        given = self.objects.decode(params["input"])
        place = {"interception": params["interception"]}
        results: list[Any] = []

        async def proceed(data: Any) -> Any:
            changed = {} if data is given else {"input": to_json_data(data)}
            try:
                answer = await self.objects.peer.request("proceed", place | changed)
            except Exception as error:
                results.append(error)
                raise
            results.append(self.objects.decode(answer))
            return results[-1]

        try:
            result = await interceptor(self._call(params["call"]), given, proceed)
        except Exception as error:
            if results and error is results[-1]:
                return {"failed": True}  # so the kernel raises the very error
            raise
        if results and result is results[-1]:
            return {}
        return {"result": self.objects.encode(to_json_data(result))}

    async def _shutdown(self, params: Mapping[str, Any]) -> None:
        await self.stop()
        self.was_shut_down = True


def _schema(kind: Any) -> dict[str, Any]:
    name = contract_name(kind)
    if name is not None:
        return {"$record": name}
    if not attrs.has(kind):
        return type_schema(kind)
    about = {"title": kind.__name__, "description": kind.__doc__ or ""}
    return about | record_schema(kind)


def _elsewhere(data: Mapping[str, Any]) -> Operation:
    async def refuse(given: Any, call: Call) -> Any:
        raise Refused("elsewhere", f"the operation {call.operation.name!r} is dispatched, not called")

    return Operation(
        name=str(data["operation"]),
        kind=OperationKind(data["kind"]),
        input=object,
        output=object,
        handler=refuse,
        permission=str(data.get("permission", "")),
        summary=str(data.get("summary", "")),
    )
