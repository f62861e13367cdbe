"""Contracts change as their version numbers say, and what goes away was deprecated before."""

import itertools
import re
from pathlib import Path

import contract_lines
import pytest

from mosaic_hookspecs.deprecations import DEPRECATIONS, LEAST_MINORS, Deprecation, deprecated
from mosaic_hookspecs.versions import parse

ROOT = Path(__file__).resolve().parents[2]
STORED = contract_lines.stored()
OLD = ["async A.one(self) -> None", "A.two(self) -> None"]
MARK = contract_lines.DEPRECATED


@pytest.mark.parametrize("contract", contract_lines.PROTOCOLS)
def test_a_contract_is_what_its_version_says(contract):
    version, lines = STORED[contract][-1]
    now = contract_lines.version_of(contract)
    found = contract_lines.misfits(
        lines, contract_lines.lines_of(contract), version, now, least_minors=LEAST_MINORS
    )
    assert found == [], (
        f"the contract {contract!r} {now} differs from tests/architecture/contracts. Raise its version as "
        "docs/explanation/compatibility.md says, then run python tests/architecture/contract_lines.py"
    )
    assert version == now, f"run python tests/architecture/contract_lines.py to write {contract}-{now}.txt"
    assert lines == contract_lines.lines_of(contract, DEPRECATIONS)


@pytest.mark.parametrize("contract", contract_lines.PROTOCOLS)
def test_versions_follow_the_policy(contract):
    versions = STORED[contract]
    assert versions
    for (old, older), (new, newer) in itertools.pairwise(versions):
        assert contract_lines.misfits(older, newer, old, new, least_minors=LEAST_MINORS) == []


@pytest.mark.parametrize(
    ("newer", "version", "words"),
    [
        (OLD, "1.3", ""),
        ([*OLD, "A.three(self) -> None"], "1.4", ""),
        ([*OLD, "A.three(self) -> None"], "1.3", "takes a new minor"),
        (OLD[:1], "1.3", "takes a new major"),
        (OLD[:1], "1.4", "takes a new major"),
        ([OLD[0].replace("(self)", "(self, more)"), OLD[1]], "1.4", "takes a new major"),
        (OLD[:1], "2.0", "without being deprecated"),
        (OLD, "1.2", "does not follow"),
    ],
)
def test_what_a_version_does_not_allow_is_found(newer, version, words):
    found = contract_lines.misfits(OLD, newer, "1.3", version, least_minors=2)
    assert bool(found) is bool(words)
    assert not words or words in found[0]


@pytest.mark.parametrize(("since", "is_allowed"), [("1.1", True), ("1.2", False), ("1.3", False)])
def test_what_was_deprecated_long_enough_may_go(since, is_allowed):
    older = [OLD[0], OLD[1] + MARK + since]
    found = contract_lines.misfits(older, OLD[:1], "1.3", "2.0", least_minors=2)
    assert (found == []) is is_allowed


def test_the_mark_is_no_change():
    older, newer = OLD, [OLD[0], OLD[1] + MARK + "1.3"]
    assert contract_lines.misfits(older, newer, "1.3", "1.3", least_minors=2) == []


def unsound(one, changelog):
    """Say what is wrong with a deprecation."""
    if one.contract not in contract_lines.PROTOCOLS:
        return "its contract is none"
    if not one.is_sound():
        return "it must say what, why, what instead, and a removal that is the next major version"
    now = parse(contract_lines.version_of(one.contract))
    if parse(one.since) > now or parse(one.removal) <= now:
        return "its versions do not fit that of the contract"
    names = {contract_lines.name_of(line) for line in contract_lines.lines_of(one.contract)}
    if one.what not in names and not one.what.startswith("manifest."):
        return "it names nothing that is there"
    if not re.search(rf"Deprecated(?:(?!\n## ).)*{re.escape(one.what)}", changelog, re.DOTALL):
        return "the changelog has no word of it under Deprecated"
    return ""


def example(**fields):
    usual = {
        "contract": "hooks",
        "what": "mosaic_drain",
        "since": "1.0",
        "removal": "2.0",
        "reason": "it is too long",
        "replacement": "mosaic_start",
    }
    return Deprecation(**{**usual, **fields})


def test_deprecations_are_sound():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert {one.what: found for one in DEPRECATIONS if (found := unsound(one, changelog))} == {}


@pytest.mark.parametrize(
    ("fields", "changelog", "words"),
    [
        ({}, "## 1\n### Deprecated\n- `mosaic_drain`: use another\n", ""),
        ({"what": "manifest.after"}, "### Deprecated\n- manifest.after\n", ""),
        ({}, "### Deprecated\n- nothing\n## 0\n mosaic_drain\n", "changelog"),
        ({"contract": "none"}, "", "contract"),
        ({"replacement": ""}, "", "must say"),
        ({"removal": "1.5"}, "", "must say"),
        ({"since": "0.9", "removal": "1.0"}, "", "versions"),
        ({"since": "1.99"}, "", "versions"),
        ({"what": "mosaic_nothing"}, "", "names nothing"),
    ],
)
def test_what_is_wrong_with_a_deprecation_is_found(fields, changelog, words):
    found = unsound(example(**fields), changelog)
    assert bool(found) is bool(words), found
    assert words in found


def test_what_a_plugin_uses_is_looked_up():
    known = [example(), example(what="manifest.after")]
    assert [one.what for one in deprecated(["mosaic_drain", "mosaic_start"], known)] == ["mosaic_drain"]
    assert deprecated(["mosaic_start"], known) == []


def test_the_policy_says_how_long():
    text = (ROOT / "docs/explanation/compatibility.md").read_text("utf-8")
    assert f"at least {LEAST_MINORS} minor versions" in " ".join(text.split())
