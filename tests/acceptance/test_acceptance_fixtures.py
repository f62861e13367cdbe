"""A real PRD is covered line by line, and a real UPP tree is read as it is."""

import re
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "taskmaster"
pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="the fixtures are not beside this clone")

STORY = re.compile(r"^- As an? .+, I want .+")
ENDPOINT = re.compile(r"^- `(?:GET|POST|PUT|PATCH|DELETE) /\S*`")
MODEL = re.compile(r"^(?:User|Task) \{$")
PAGE = re.compile(r"^- \*\*(?:Login Page|Registration Page|Dashboard|Task Form|Navigation)\*\*: ")
TESTED = re.compile(r"^ *- .+")
COUNTS = {"story": 12, "endpoint": 8, "model": 2, "page": 5, "test": 23}


@pytest.fixture
def document():
    return (FIXTURES / "PRD.md").read_text("utf-8").splitlines()


def wanted(document):
    """The lines that ask for something, by what they ask for, found by expressions of this test's own."""
    found = {kind: [] for kind in COUNTS}
    in_tests = False
    for number, line in enumerate(document, start=1):
        if line.startswith("## "):
            in_tests = line == "## 6. Testing Requirements"
        for kind, pattern in (("story", STORY), ("endpoint", ENDPOINT), ("model", MODEL), ("page", PAGE)):
            if pattern.match(line):
                found[kind].append(number)
        if in_tests and TESTED.match(line):
            found["test"].append(number)
    return found


def test_the_expressions_find_what_a_reader_counts(document):
    found = wanted(document)
    assert {kind: len(lines) for kind, lines in found.items()} == COUNTS


def test_every_line_that_asks_for_something_is_served_by_a_leaf(place, document):
    place.write("PRD.md", (FIXTURES / "PRD.md").read_bytes())
    place.call("plan", "new", "PRD.md", "-o", "plan.json").demand()
    told = place.call("plan", "check", "plan.json").demand().out.strip().splitlines()
    assert told[-1].startswith(("No findings", "0 errors"))
    assert all(" UPP504 " in line for line in told[:-1] if line.startswith("PRD.md:")), told
    plan = place.call("plan", "import", "plan.json").demand().data
    inner = {node["node_id"].split(".", 1)[1].rpartition(".")[0] for node in plan["nodes"]}
    leaves = [node for node in plan["nodes"] if node["node_id"].split(".", 1)[1] not in inner]
    assert all(1 <= leaf["minutes"] <= 30 for leaf in leaves)
    assert all(leaf["checks"] for leaf in leaves)
    serving = {}
    for leaf in leaves:
        for name in leaf.get("serves", ()):
            serving.setdefault(name, []).append(leaf["node_id"])
    for kind, lines in wanted(document).items():
        for line in lines:
            covering = [
                each
                for each in plan["requirements"]
                if each.get("span") and each["span"]["start"] <= line <= each["span"]["end"]
            ]
            told = f"{kind} on line {line}: {document[line - 1]}"
            assert covering, told
            assert any(serving.get(each["requirement_id"]) for each in covering), told
            if kind != "test":
                assert any(each["kind"] == kind for each in covering), told
            narrow = min(each["span"]["end"] - each["span"]["start"] for each in covering)
            assert narrow <= 12, f"{told} is only covered by a span of {narrow} lines"


@pytest.fixture
def tree(place):
    place.write("tree.md", (FIXTURES / "E.001-upp-tree.md").read_bytes())
    answer = place.call("plan", "import", "tree.md", "-o", "tree.json").demand()
    assert "1 epic, 4 features, 10 stories, 21 tasks, 39 subtasks, 75 atomics; 1,480 minutes" in answer.err
    return place.call("plan", "import", "tree.json").demand().data


def test_a_upp_tree_is_read_whole(tree):
    levels = [node["node_id"].partition(".")[0] for node in tree["nodes"]]
    counts = {level: levels.count(level) for level in ("E", "F", "S", "T", "ST", "A")}
    assert counts == {"E": 1, "F": 4, "S": 10, "T": 21, "ST": 39, "A": 75}
    assert sum(node["minutes"] for node in tree["nodes"] if node["node_id"].startswith("A.")) == 1480


def test_the_linter_says_where_the_document_contradicts_itself(place, tree):
    found = place.call("plan", "check", "tree.md", "--json").demand().data["findings"]
    told = {finding["subject"]: finding["message"] for finding in found if finding["code"] == "UPP701"}
    assert "20 tasks" in told["summary.tasks"]
    assert "21" in told["summary.tasks"]
    assert "75" in told["summary.atomics"]
    assert "1480" in told["summary.minutes"]
    parents = [node["node_id"].split(".", 1)[1].rpartition(".")[0] for node in tree["nodes"]]
    single = {node["node_id"] for node in tree["nodes"] if parents.count(node["node_id"].split(".", 1)[1]) == 1}
    assert single
    singles = {finding["subject"] for finding in found if "only child" in finding["message"]}
    assert singles == single
    lines = (FIXTURES / "E.001-upp-tree.md").read_text("utf-8").splitlines()
    for finding in found:
        if finding["subject"].startswith(("A.", "ST.", "T.")):
            assert f"({finding['subject']})" in lines[finding["line"] - 1]


SUFFIXES = {
    "json": "json",
    "wfformat": "json",
    "taskmaster": "json",
    "beads": "jsonl",
    "upp": "md",
    "checklist": "md",
}


@pytest.mark.parametrize("form", SUFFIXES)
def test_every_format_that_is_read_takes_the_tree_and_gives_it_back(place, tree, form):
    name = f"out.{SUFFIXES[form]}"
    place.call("plan", "export", "tree.json", "--to", form, "-o", name).demand()
    again = place.call("plan", "import", name, "--format", form).demand().data
    inner = {node["node_id"].split(".", 1)[1].rpartition(".")[0] for node in tree["nodes"]}
    leaves = [node for node in tree["nodes"] if node["node_id"].split(".", 1)[1] not in inner]
    titles = {node["title"] for node in again["nodes"]}
    assert {leaf["title"] for leaf in leaves} <= titles
    if form in ("json", "upp"):
        assert [(node["node_id"], node["title"], node.get("minutes")) for node in again["nodes"]] == [
            (node["node_id"], node["title"], node.get("minutes")) for node in tree["nodes"]
        ]


def test_a_drawing_is_only_written(place, tree):
    drawn = place.call("plan", "export", "tree.json", "--to", "mermaid").demand().out
    assert drawn.startswith(("flowchart", "graph"))
    assert drawn.count("A.001") + drawn.count("A_001") >= 75
    place.write("out.mmd", drawn)
    assert place.call("plan", "import", "out.mmd").demand(2).err.startswith("error: out.mmd:")
    assert place.call("plan", "export", "tree.json", "--to", "docx").demand(2).err.startswith("error: ")
