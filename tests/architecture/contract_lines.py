"""Writes contracts as text: a line a member, in order, and compares two versions of one.

``python tests/architecture/contract_lines.py`` writes the files of the versions that have none yet.
"""

import inspect
import sys
from pathlib import Path

import mosaic_hookspecs as hookspecs
from mosaic_hookspecs.versions import parse

FOLDER = Path(__file__).with_name("contracts")
PROTOCOLS = {
    "hooks": ("Context", "Port", "Bus", "Log", "Clock"),
    "transport": ("Transport",),
    "storage": ("Storage", "View"),
    "planning": ("Planner", "PlanLinter", "PlanFormat", "TaskSource"),
    "scheduling": ("Scheduler",),
    "agents": ("Agent", "CheckRunner", "Journal"),
    "models": ("Model",),
    "workspace": ("WorkspaceProvider", "Workspace", "Directory"),
    "auth": ("Authenticator",),
    "ui": ("Interface",),
    "observe": ("Observer",),
}
DEPRECATED = "  # deprecated since "


def version_of(contract):
    if contract == "hooks":
        return getattr(hookspecs, "HOOKS_CONTRACT", "1.0")
    return hookspecs.PORTS[contract].contract


def lines_of(contract, deprecations=()):
    """Return the members of a contract as it is now; a deprecated one says so behind a mark."""
    lines = []
    if contract == "hooks":
        for name, policy in hookspecs.HOOK_POLICIES.items():
            how = "async " if policy.is_async else ""
            hook = inspect.signature(getattr(hookspecs.Hooks, name))
            lines.append(f"{how}{name}{_shown(hook)}: {policy.on_failure.value}")
    for protocol in PROTOCOLS[contract]:
        for name, value in vars(getattr(hookspecs, protocol)).items():
            if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                lines.append(f"{_member(protocol, name, value)}")
    since = {one.what: one.since for one in deprecations if one.contract == contract}
    return [
        line + (f"{DEPRECATED}{since[name_of(line)]}" if name_of(line) in since else "")
        for line in sorted(lines)
    ]


def name_of(line):
    """Return the hook's or the member's name, as a deprecation says it."""
    return line.removeprefix("async ").partition("(")[0].partition(":")[0]


def _member(protocol, name, value):
    if isinstance(value, property):
        return f"{protocol}.{name}: {inspect.signature(value.fget).return_annotation}"
    word = "async " if inspect.iscoroutinefunction(value) else ""
    return f"{word}{protocol}.{name}{_shown(inspect.signature(value))}"


def _shown(signature):
    parameters = list(signature.parameters.values())[1:]
    plain = [one.replace(annotation=one.empty) for one in parameters]
    text = str(signature.replace(parameters=plain, return_annotation=signature.empty))
    types = ", ".join(f"{one.name}: {one.annotation}" for one in parameters)
    return f"{text} -> {signature.return_annotation}  [{types}]"


def misfits(older, newer, old_version, new_version, *, least_minors):
    """Say what a new version of a contract does to an old one that its number does not allow."""
    old_number, new_number = parse(old_version), parse(new_version)
    before = {_plain(line) for line in older}
    now = {_plain(line) for line in newer}
    gone, added = sorted(before - now), sorted(now - before)
    if new_number <= old_number:
        return (
            [f"version {new_version} does not follow version {old_version}"]
            if new_number < old_number
            else [
                *(f"removed or altered, which takes a new major version: {line}" for line in gone),
                *(f"added, which takes a new minor version: {line}" for line in added),
            ]
        )
    if new_number[0] == old_number[0]:
        return [f"removed or altered, which takes a new major version: {line}" for line in gone]
    marks = {_plain(line): line.partition(DEPRECATED)[2] for line in older}
    return [
        f"gone without being deprecated for {least_minors} minor versions: {line}"
        for line in gone
        if not marks[line] or parse(marks[line])[1] + least_minors > old_number[1]
    ]


def _plain(line):
    return line.partition(DEPRECATED)[0]


def stored():
    """Return every contract's versions that are written down, oldest first, with their lines."""
    found = {contract: [] for contract in PROTOCOLS}
    for file in FOLDER.glob("*.txt"):
        contract, _, version = file.stem.partition("-")
        found[contract].append((version, file.read_text("utf-8").splitlines()))
    return {contract: sorted(versions, key=lambda pair: parse(pair[0])) for contract, versions in found.items()}


def main():
    from mosaic_hookspecs.deprecations import DEPRECATIONS

    for contract in PROTOCOLS:
        file = FOLDER / f"{contract}-{version_of(contract)}.txt"
        if not file.exists():
            file.write_text("\n".join(lines_of(contract, DEPRECATIONS)) + "\n", "utf-8")
            print(f"wrote {file.name}")  # noqa: T201 - a program that is run by hand


if __name__ == "__main__":
    sys.exit(main())
