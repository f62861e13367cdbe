"""The kernel's own operations: plugins, configuration, and the doctor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mosaic_hookspecs.errors import InputError, MosaicError, NotFound
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .checking_operations import checking_operations
from .config_fields import field_operations
from .doctor import examine
from .effective import effective_entries
from .failures import InputErrors, nearest
from .health_operations import health_operations
from .lifecycle import Lifecycle
from .operation_list import OperationLister
from .own_records import (
    ConfigReport,
    ConfigSchema,
    ConfigView,
    DoctorReport,
    Nothing,
    PluginList,
    PluginName,
    PluginView,
)
from .port_operations import port_operations
from .reloading.live_layer import hidden
from .runtime import Runtime
from .selection import doubtful_names
from .slots import Slot
from .trust_operations import TrustOperations


class OwnOperations:
    """What one kernel can say of itself."""

    def __init__(
        self,
        runtime: Runtime,
        lifecycle: Lifecycle,
        errors: tuple[MosaicError, ...],
        reread: Callable[[], object],
    ) -> None:
        self._runtime = runtime
        self._lifecycle = lifecycle
        self._errors = errors
        self._reread = reread

    def operations(self) -> list[Operation]:
        """Declare them."""

        def query(name: str, data: type, output: type, handler: Any, summary: str) -> Operation:
            permission = f"{name.partition('.')[0]}:read"
            return Operation(
                name=name,
                kind=OperationKind.QUERY,
                input=data,
                output=output,
                handler=handler,
                permission=permission,
                summary=summary,
            )

        return [
            query("plugins.list", Nothing, PluginList, self._list, "List every plugin with its state."),
            query("plugins.info", PluginName, PluginView, self._info, "Describe one plugin."),
            query(
                "config.show",
                Nothing,
                ConfigView,
                self._show,
                "Show every value in force and where it is from.",
            ),
            query("config.check", Nothing, ConfigReport, self._check, "Check the configuration."),
            query(
                "config.schema", Nothing, ConfigSchema, self._schema, "Return the JSON Schema of mosaic.yaml."
            ),
            query("doctor.check", Nothing, DoctorReport, self._doctor, "Check this machine and every plugin."),
            *field_operations(self._runtime),
            *health_operations(self._runtime, self._lifecycle),
            *port_operations(self._runtime),
            *OperationLister(self._runtime).operations(),
            *TrustOperations(self._runtime).operations(),
            *checking_operations(self._runtime.project_directory),
        ]

    async def _list(self, data: Nothing, call: Call) -> PluginList:
        return PluginList(plugins=tuple(self._view(slot) for _, slot in sorted(self._runtime.slots.items())))

    async def _info(self, data: PluginName, call: Call) -> PluginView:
        slot = self._runtime.slots.get(data.name)
        if slot is None:
            raise NotFound(
                "unknown-plugin",
                f"there is no plugin {data.name!r}",
                hint=nearest(data.name, self._runtime.slots),
            )
        return self._view(slot)

    def _view(self, slot: Slot) -> PluginView:
        listing, dispatcher = slot.listing, self._runtime.dispatcher
        return PluginView(
            name=slot.name,
            state=slot.state.value,
            summary=listing.manifest.summary,
            detail=slot.detail,
            cure=slot.hint,
            distribution=listing.distribution,
            version=listing.version,
            is_third_party=listing.is_third_party,
            provides=tuple(f"{port}: {name}" for port, name in slot.providers()),
            needs=tuple(listing.manifest.needs),
            after=tuple(listing.manifest.after),
            commands=tuple(listing.manifest.commands),
            operations=tuple(name for name in dispatcher.operations() if dispatcher.owner(name) == slot.name),
            generation=slot.number,
            held_back=slot.held_back,
            target=listing.target,
            directory=str(listing.directory or ""),
            process=getattr(getattr(slot.generation, "instance", None), "mosaic_process", ""),
            faults=tuple(f"{fault.doing}: {fault.what}" for fault in slot.faults.newest),
        )

    async def _show(self, data: Nothing, call: Call) -> ConfigView:
        return ConfigView(entries=tuple(effective_entries(self._runtime.loaded, self._runtime.slots)))

    async def _check(self, data: Nothing, call: Call) -> ConfigReport:
        mistakes: list[InputError] = []
        for error in self._errors:
            if not isinstance(error, InputError):
                raise error
            mistakes.extend(getattr(error, "others", (error,)))
        if mistakes:
            raise InputErrors(mistakes)
        runtime = self._runtime
        return ConfigReport(
            layers=tuple(f"{layer.name} {layer.path}".strip() for layer in runtime.loaded.layers.layers),
            warnings=(
                *map(str, doubtful_names(runtime.slots, runtime.configuration, runtime.loaded.layers)),
                *map(str, hidden(runtime.loaded.layers)),
            ),
        )

    async def _schema(self, data: Nothing, call: Call) -> ConfigSchema:
        from .json_schema import configuration_schema

        return ConfigSchema(schema=configuration_schema(self._runtime.slots))

    async def _doctor(self, data: Nothing, call: Call) -> DoctorReport:
        checks = await examine(self._runtime, self._lifecycle, self._errors, self._reread)
        return DoctorReport(checks=tuple(checks), is_well=all(check.state != "ill" for check in checks))
