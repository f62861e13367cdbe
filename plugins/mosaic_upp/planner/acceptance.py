"""Acceptance of work for agents at large: the file that a leaf delivers, and the command that judges it."""

from __future__ import annotations

import attrs

from mosaic_hookspecs.checks import Check

from ..reading.names import slug
from .stacks import Stack

_TIMEOUT = 600.0


@attrs.frozen(kw_only=True)
class Acceptance:
    """What a leaf owns, how it is checked, and the sentence that tells its agent so."""

    owns: tuple[str, ...]
    checks: tuple[Check, ...]
    words: str


@attrs.define
class Acceptances:
    """Hands out acceptances in which no file has two owners."""

    stack: Stack
    _taken: set[str] = attrs.field(factory=set)

    def test(self, title: str, what: str = "") -> Acceptance:
        """Accept by a test of its own that passes."""
        file = self._file(self.stack.test_file, what or title)
        run = self.stack.single.format(file=file, python="{python}")
        check = Check(name=f"{file} passes", parameters={"run": run}, timeout_seconds=_TIMEOUT)
        return Acceptance(
            owns=(file,),
            checks=(check,),
            words=f"Deliver {file}, which proves it; accepted when `{run}` passes.",
        )

    def document(self, title: str, file: str = "") -> Acceptance:
        """Accept by a document that is there and is no stub, beside a suite that still passes."""
        file = self._free(file) if file else self._file("docs/{slug}.md", title)
        run = f'test "$(wc -w < {file})" -ge 40'
        check = Check(name=f"{file} is written", parameters={"run": run})
        return Acceptance(owns=(file,), checks=(check,), words=f"Deliver {file} with at least 40 words.")

    def manifest(self, title: str) -> Acceptance:
        """Accept the project's set-up: its manifest is there, and a first test of it passes."""
        accepted = self.test(title, "project set-up")
        manifest = self.stack.manifest
        if not manifest or manifest in self._taken:
            return accepted
        self._taken.add(manifest)
        check = Check(name=f"{manifest} is there", parameters={"run": f"test -s {manifest}"})
        return attrs.evolve(accepted, owns=(manifest, *accepted.owns), checks=(check, *accepted.checks))

    def suite(self, title: str) -> Acceptance:
        """Accept by a test of its own and by every test passing together."""
        accepted = self.test(title)
        check = Check(
            name="the whole suite passes", parameters={"run": self.stack.suite}, timeout_seconds=2 * _TIMEOUT
        )
        return attrs.evolve(accepted, checks=(*accepted.checks, check))

    def take(self, names: tuple[str, ...]) -> None:
        """Note that these contracts have owners already."""
        self._taken.update(names)

    def _file(self, pattern: str, title: str) -> str:
        stem = slug(title).removeprefix("test-") if "test_{" in pattern else slug(title)
        return self._free(pattern.format(slug=stem, name=stem.replace("-", "_")))

    def _free(self, file: str) -> str:
        stem, dot, suffix = file.partition(".") if not file.startswith(".") else (file, "", "")
        number = 1
        while file in self._taken:
            number += 1
            file = f"{stem}{'_' if '_' in stem else '-'}{number}{dot}{suffix}"
        self._taken.add(file)
        return file
