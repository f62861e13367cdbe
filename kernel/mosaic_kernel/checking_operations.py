"""The kernel's operation that checks a plugin's project, or an installed plugin."""

from __future__ import annotations

from pathlib import Path

import trio

from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .checking.records import CheckPlugin, CheckReport
from .checking.subject import Subject


def checking_operations(directory: Path) -> list[Operation]:
    """Return the operation; paths are relative to `directory`, unless its input says otherwise."""

    async def check(data: CheckPlugin, call: Call) -> CheckReport:
        from .checking.subject import find_subject
        from .checking.type_checks import check_types

        subject = await trio.to_thread.run_sync(find_subject, data.path, directory / data.directory)
        found = await trio.to_thread.run_sync(_findings, subject)
        said = "types were not checked: it was not asked for"
        if data.types:
            said, wrong = await check_types(subject, data.types_seconds)
            found += wrong
        found.sort(key=_place)
        return CheckReport(plugins=tuple(subject.targets), findings=tuple(found), types=said)

    return [
        Operation(
            name="plugins.check",
            kind=OperationKind.QUERY,
            input=CheckPlugin,
            output=CheckReport,
            handler=check,
            permission="plugins:read",
            summary="Check a plugin's project, or an installed plugin, without importing it.",
        )
    ]


def _findings(subject: Subject) -> list[Finding]:
    """Return all that the files show."""
    from mosaic_hookspecs.errors import Location

    from .checking.documentation_checks import check_docstrings, check_operations
    from .checking.hook_checks import check_hooks, implementations
    from .checking.import_checks import check_imports, other_plugins
    from .checking.import_time import check_import_time
    from .checking.manifest_checks import check_manifest
    from .checking.rules import finding
    from .checking.type_checks import check_mark

    modules = list(subject.modules())
    manifests, places, found = check_manifest(subject, {module.name: module for module in modules})
    found += check_mark(subject)
    if subject.project is not None and not any(subject.project.glob("README*")):
        where = Location(path=subject.path(subject.project / "README.md"))
        found.append(finding("PLG605", "there is no README", where))
    own = subject.package_name
    others = other_plugins(own)
    for module in modules:
        if module.error is not None:
            where = Location(path=module.path, line=module.error.lineno or 0, column=module.error.offset or 0)
            found.append(finding("PLG502", f"it cannot be parsed: {module.error.msg}", where))
            continue
        found += check_imports(module, own, others)
        found += check_import_time(module)
        found += check_docstrings(module)
    found += check_operations(modules)
    found += check_hooks(implementations(modules), manifests, places)
    return found


def _place(one: Finding) -> tuple[str, int, int, str]:
    where = one.location
    return (where.path, where.line, where.column, one.code) if where else ("", 0, 0, one.code)
