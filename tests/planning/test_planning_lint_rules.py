"""Each rule: a plan that breaks it, and one that keeps it."""

import json

import pytest

from mosaic_hookspecs import (
    Assumption,
    Check,
    Finding,
    InputError,
    Location,
    Plan,
    PlanNode,
    Requirement,
    Severity,
    Span,
)
from mosaic_upp.lint import RULES, Linter, render

CHECK = Check(name="tests pass", parameters={"run": "pytest -q"})
REQUIREMENT = Requirement(requirement_id="R1", kind="story", text="As a user …", span=Span(start=7, end=8))


def node(node_id, **fields):
    return PlanNode(**{"node_id": node_id, "title": f"Do {node_id}", **fields})


def leaf(node_id, **fields):
    return node(node_id, **{"minutes": 10, "checks": (CHECK,), **fields})


def tree(*extra, **fields):
    """Make a plan that breaks no rule, but for its shallow leaves; `extra` replaces by identifier."""
    nodes = {each.node_id: each for each in (node("E.001"), leaf("F.001.01"), leaf("F.001.02"))}
    nodes |= {each.node_id: each for each in extra}
    return Plan(title="t", nodes=tuple(nodes.values()), **fields)


def renamed(node_id):
    return Plan(title="t", nodes=(*tree().nodes, leaf(node_id)))


def many(count):
    return Plan(title="t", nodes=(node("E.001"), *(leaf(f"F.001.{i:02d}") for i in range(1, count + 1))))


def atomics(**fields):
    ids = ["E.001", "F.001.01", "S.001.01.01", "T.001.01.01.01", "ST.001.01.01.01.01"]
    return Plan(title="t", nodes=(*(node(i) for i in ids), leaf("A.001.01.01.01.01.01", **fields)))


def with_check(**parameters):
    return tree(leaf("F.001.01", checks=(Check(name="c", parameters=parameters),)))


SERVED = {"requirements": (REQUIREMENT,)}
# code, a plan that breaks the rule, whom the finding is about, a plan that keeps it
TABLE = [
    ("UPP001", Plan(title="t"), "", tree()),
    ("UPP002", renamed("banana"), "banana", renamed("F.001.03")),
    ("UPP002", renamed("F.1.3"), "F.1.3", renamed("F.001.03")),
    ("UPP002", renamed("F.001.100"), "F.001.100", renamed("F.001.99")),
    ("UPP003", renamed("F.001.02"), "F.001.02", renamed("F.001.03")),
    ("UPP004", renamed("S.001.07.01"), "S.001.07.01", renamed("S.001.02.01")),
    ("UPP005", renamed("T.001.03"), "T.001.03", renamed("F.001.03")),
    ("UPP006", Plan(title="t", nodes=(tree().nodes[0], *tree().nodes[:0:-1])), "F.001.01", tree()),
    (
        "UPP101",
        tree(leaf("F.001.02", depends_on=("F.009.09",))),
        "F.001.02",
        tree(leaf("F.001.02", depends_on=("F.001.01",))),
    ),
    (
        "UPP102",
        tree(leaf("F.001.01", depends_on=("F.001.02",)), leaf("F.001.02", depends_on=("F.001.01",))),
        "F.001.01",
        tree(leaf("F.001.02", depends_on=("F.001.01",))),
    ),
    ("UPP103", tree(leaf("F.001.02", depends_on=("F.001.02",))), "F.001.02", tree()),
    (
        "UPP103",
        tree(leaf("F.001.02", depends_on=("E.001",))),
        "F.001.02",
        tree(leaf("F.001.02", depends_on=("F.001.01",))),
    ),
    ("UPP103", tree(node("E.001", depends_on=("F.001.02",))), "E.001", tree()),
    (
        "UPP104",
        tree(leaf("F.001.02", depends_on=("F.001.01",)), leaf("F.001.03", depends_on=("F.001.01", "F.001.02"))),
        "F.001.03",
        tree(leaf("F.001.02", depends_on=("F.001.01",)), leaf("F.001.03", depends_on=("F.001.02",))),
    ),
    (
        "UPP104",
        tree(leaf("F.001.02", depends_on=("F.001.01", "F.001.01"))),
        "F.001.02",
        tree(leaf("F.001.02", depends_on=("F.001.01",))),
    ),
    (
        "UPP104",
        tree(node("F.001.02", depends_on=("F.001.01",)), leaf("S.001.02.01", depends_on=("F.001.01",))),
        "S.001.02.01",
        tree(node("F.001.02", depends_on=("F.001.01",)), leaf("S.001.02.01")),
    ),
    (
        "UPP104",
        tree(leaf("S.001.01.01"), leaf("F.001.02", depends_on=("F.001.01", "S.001.01.01"))),
        "F.001.02",
        tree(leaf("S.001.01.01"), leaf("F.001.02", depends_on=("F.001.01",))),
    ),
    ("UPP201", tree(leaf("F.001.02", minutes=None)), "F.001.02", tree()),
    ("UPP202", atomics(minutes=31), "A.001.01.01.01.01.01", atomics(minutes=30)),
    ("UPP203", tree(node("E.001", minutes=5)), "E.001", tree(node("E.001", minutes=20))),
    ("UPP204", tree(leaf("F.001.02", minutes=0)), "F.001.02", tree(leaf("F.001.02", minutes=1))),
    ("UPP301", many(1), "E.001", many(2)),
    ("UPP302", many(8), "E.001", many(7)),
    ("UPP303", tree(), "F.001.01", atomics()),
    ("UPP401", tree(leaf("F.001.02", checks=())), "F.001.02", tree()),
    ("UPP402", with_check(run=" true ;"), "F.001.01", with_check(run="test -f true")),
    ("UPP402", with_check(argv=["/bin/true"]), "F.001.01", with_check(argv=["python", "-m", "true"])),
    ("UPP402", with_check(run="pytest || true"), "F.001.01", with_check(run="true && pytest")),
    ("UPP402", with_check(run="exit 0"), "F.001.01", with_check(run="exit 1")),
    ("UPP402", with_check(run="echo fine"), "F.001.01", with_check(run="echo fine | grep f")),
    ("UPP403", with_check(), "F.001.01", tree(leaf("F.001.01", checks=(Check(name="c", uses="http"),)))),
    ("UPP501", tree(**SERVED), "R1", tree(leaf("F.001.02", serves=("R1",)), **SERVED)),
    (
        "UPP501",
        tree(node("E.001", serves=("R1",)), **SERVED),
        "R1",
        tree(leaf("F.001.02", serves=("R1",)), **SERVED),
    ),
    (
        "UPP502",
        tree(leaf("F.001.02", serves=("R9",)), **SERVED),
        "F.001.02",
        tree(leaf("F.001.02", serves=("R1",)), **SERVED),
    ),
    (
        "UPP503",
        tree(leaf("F.001.01", serves=("R1",)), **SERVED),
        "F.001.02",
        tree(leaf("F.001.01", serves=("R1",)), leaf("F.001.02", serves=("R1",)), **SERVED),
    ),
    (
        "UPP503",
        tree(leaf("F.001.01", serves=("R1",)), leaf("F.001.02", depends_on=("F.001.01",)), **SERVED),
        "F.001.02",
        tree(leaf("F.001.01"), leaf("F.001.02", serves=("R1",), depends_on=("F.001.01",)), **SERVED),
    ),
    (
        "UPP504",
        tree(leaf("F.001.01"), leaf("F.001.02", serves=("R1",), work={"outline": "general"}), **SERVED),
        "R1",
        tree(leaf("F.001.01"), leaf("F.001.02", serves=("R1",), work={"kind": "general"}), **SERVED),
    ),
    (
        "UPP601",
        tree(leaf("F.001.01", owns=("GET /books",)), leaf("F.001.02", owns=("GET /books",))),
        "F.001.02",
        tree(leaf("F.001.01", owns=("GET /books",)), leaf("F.001.02", owns=("POST /books",))),
    ),
    ("UPP701", tree(summary={"features": 3}), "summary.features", tree(summary={"features": 2})),
    ("UPP701", tree(summary={"minutes": 90}), "summary.minutes", tree(summary={"minutes": 30, "pages": 9})),
    ("UPP801", tree(leaf("F.001.02", title=" do  f.001.01")), "F.001.02", tree()),
    ("UPP802", tree(leaf("F.001.02", title=" ")), "F.001.02", tree()),
    (
        "UPP901",
        tree(leaf("F.001.02", assumptions=(Assumption(text="SQLite", rationale=" "),))),
        "F.001.02",
        tree(leaf("F.001.02", assumptions=(Assumption(text="SQLite", rationale="none is named"),))),
    ),
]


@pytest.mark.parametrize(
    ("code", "bad", "subject", "good"), TABLE, ids=[f"{c[0]}-{i}" for i, c in enumerate(TABLE)]
)
def test_a_rule_finds_what_breaks_it_and_nothing_else(code, bad, subject, good):
    found = [finding for finding in Linter().check(bad, path="plan.json") if finding.code == code]
    assert [finding.subject for finding in found][:1] == [subject]
    assert code == "UPP303" or len(found) == 1
    assert found[0].message
    assert found[0].hint
    assert not [finding for finding in Linter().check(good) if finding.code == code]


def test_the_table_covers_every_rule_and_every_rule_explains_itself():
    assert {row[0] for row in TABLE} == set(RULES)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(rule.explanation.endswith(".") for rule in RULES.values())


def test_missing_acceptance_is_a_warning_where_the_format_can_say_none():
    bare = Plan(title="t", nodes=(node("E.001", minutes=5),))
    assert {f.severity for f in Linter().check(bare) if f.code == "UPP401"} == {Severity.WARNING}
    asked = Plan(title="t", nodes=bare.nodes, requirements=(REQUIREMENT,))
    assert {f.severity for f in Linter().check(asked) if f.code == "UPP401"} == {Severity.ERROR}


def test_a_cycle_through_inner_nodes_is_drawn():
    plan = tree(
        leaf("S.001.01.01", depends_on=("F.001.02",)),
        leaf("S.001.02.01", depends_on=("F.001.01",)),
    )
    cycles = [f for f in Linter().check(plan) if f.code == "UPP102"]
    assert len(cycles) == 1
    message = cycles[0].message
    for name in ("S.001.01.01", "F.001.02", "S.001.02.01", "F.001.01", "→"):
        assert name in message


def test_order_alone_is_no_cycle():
    plan = tree(leaf("S.001.01.01"), leaf("S.001.02.01", depends_on=("F.001.01",)))
    assert not [f for f in Linter().check(plan) if f.code.startswith("UPP1")]


def test_lines_belong_to_the_source_and_findings_come_in_document_order():
    plan = tree(leaf("F.001.02", line=9, minutes=99), source="PRD.md", **SERVED)
    found = Linter().check(plan, path="plan.json")
    places = {finding.code: str(finding.location) for finding in found if finding.subject != "F.001.01"}
    assert places["UPP202"] == "PRD.md:9"
    assert places["UPP501"] == "PRD.md:7"
    assert [f.subject for f in found] == sorted(
        (f.subject for f in found), key=["F.001.01", "F.001.02", "R1"].index
    )


FINDINGS = [
    Finding(
        code="UPP202",
        message="it takes 60 minutes",
        subject="A.001",
        location=Location(path="a b.json", line=3, column=4),
        hint="Split it.",
        is_fixable=True,
    ),
    Finding(code="UPP301", message="one child", severity=Severity.WARNING),
]


def test_text_says_place_code_subject_and_totals():
    assert render(FINDINGS, "text", "a b.json") == (
        "a b.json:3:4: error UPP202 [*] A.001: it takes 60 minutes. Split it.\n"
        "a b.json: warning UPP301 one child\n"
        "Found 1 error and 1 warning.\n"
        "[*] 1 fixable with --fix.\n"
    )
    assert render([], "text", "p") == "No findings.\n"


def test_json_holds_everything():
    report = json.loads(render(FINDINGS, "json", "p"))
    assert (report["errors"], report["warnings"], report["fixable"]) == (1, 1, 1)
    assert report["findings"][0] == {
        "code": "UPP202",
        "name": "oversized",
        "severity": "error",
        "subject": "A.001",
        "message": "it takes 60 minutes",
        "path": "a b.json",
        "line": 3,
        "column": 4,
        "hint": "Split it.",
        "is_fixable": True,
    }


def test_sarif_has_the_required_structure():
    log = json.loads(render([*FINDINGS, *Linter().check(tree(**SERVED), path="p.json")], "sarif", "p.json"))
    assert log["version"] == "2.1.0"
    assert "sarif-schema-2.1.0" in log["$schema"]
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert " " not in place["physicalLocation"]["artifactLocation"]["uri"]
    first = run["results"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.json"
    assert first["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 4}
    assert first["logicalLocations"] == [{"name": "A.001"}]


def test_an_unknown_style_is_an_input_error():
    with pytest.raises(InputError, match="text, json, sarif"):
        render([], "xml", "p")
