"""Malformed input of every kind: exit code 2, a located message, no traceback, nothing left behind."""

import re

import pytest

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "[" * 400 + "]" * 400
STEPS = "steps: [{run: 'true'}]"

CONFIGURATIONS = {
    "list": "- a\n",
    "scalar": "hello\n",
    "number": "42\n",
    "unclosed": "kernel: {log_level: debug\n",
    "tab": "kernel:\n\tlog_level: debug\n",
    "two-documents": "profile: local\n---\nprofile: local\n",
    "tag": "kernel: !!python/object/apply:os.system ['true']\n",
    "custom-tag": "kernel: !x {}\n",
    "merge-key": "x: &x {a: 1}\nkernel: {<<: *x}\n",
    "duplicate-key": "profile: local\nprofile: local\n",
    "recursion": "kernel: &k {kernel: *k}\n",
    "unknown-alias": "kernel: *nothing\n",
    "bomb": BOMB,
    "deep": f"kernel: {DEEP}\n",
    "nan": "kernel: {stop_seconds: .nan}\n",
    "infinite": "kernel: {stop_seconds: -.inf}\n",
    "overflow": "kernel: {stop_seconds: 1e999}\n",
    "giant-number": f"kernel: {{stop_seconds: {'9' * 5000}}}\n",
    "unknown-key": "profil: local\n",
    "unknown-section": "kernal: {log_level: debug}\n",
    "unknown-kernel-key": "kernel: {log_levle: debug}\n",
    "bad-choice": "kernel: {log_format: xml}\n",
    "text-for-number": "kernel: {stop_seconds: soon}\n",
    "list-for-mapping": "kernel: [1]\n",
    "null-for-number": "kernel: {stop_seconds: null}\n",
    "profile-number": "profile: 3\n",
    "profile-unknown": "profile: moon\n",
    "profile-path": "profile: ../../etc/passwd\n",
    "profile-list": "profile: [local]\n",
    "ports-scalar": "ports: sqlite\n",
    "ports-number": "ports: {storage: 7}\n",
    "port-unknown": "ports: {storrage: sqlite}\n",
    "provider-unknown": "ports: {storage: oracle}\n",
    "two-storages": "ports: {storage: [sqlite, memory]}\n",
    "plugins-list": "plugins: [engine]\n",
    "plugin-scalar": "plugins: {engine: 3}\n",
    "plugin-key": "plugins: {engine: {paralelism: 3}}\n",
    "plugin-type": "plugins: {engine: {parallelism: many}}\n",
    "plugin-range": "plugins: {engine: {parallelism: 0}}\n",
    "plugin-fraction": "plugins: {engine: {parallelism: 1.5}}\n",
    "plugin-boolean": "plugins: {engine: {parallelism: true}}\n",
    "plugin-quota": "plugins: {engine: {quotas: {gpu: lots}}}\n",
    "plugin-lease": "plugins: {engine: {lease_seconds: -1}}\n",
    "allow-text": "allow: engine\n",
    "deny-mapping": "deny: {a: 1}\n",
    "non-text-key": "1: x\n",
    "list-key": "? [a, b]\n: c\n",
    "latin-1": b"profile: caf\xe9\n",
    "utf-16": "profile: local\n".encode("utf-16"),
    "null-byte": "profile: lo\0cal\n",
    "binary": bytes(range(256)) * 4,
    "escape": "profile: \x1b[31m\n",
    "surrogate": "profile: \udc80\n",
    "huge": "# " + "x" * 1_200_000 + "\n",
    "many-values": "allow: [" + "a," * 150_000 + "]\n",
}

VARIABLES = {
    "key": ("MOSAIC_KERNEL__LOG_LEVLE", "debug"),
    "value": ("MOSAIC_KERNEL__STOP_SECONDS", "soon"),
    "yaml": ("MOSAIC_KERNEL__STOP_SECONDS", "[1"),
    "list": ("MOSAIC_KERNEL__RESTART_BUDGET", "[1]"),
    "section": ("MOSAIC_KERNAL__LOG_LEVEL", "debug"),
    "profile": ("MOSAIC_PROFILE", "moon"),
    "plugin": ("MOSAIC_PLUGINS__ENGINE__PARALLELISM", "-1"),
    "tag": ("MOSAIC_PLUGINS__ENGINE__PARALLELISM", "!!int 3"),
    "nan": ("MOSAIC_KERNEL__STOP_SECONDS", ".nan"),
    "surrogate": ("MOSAIC_KERNEL__LOG_LEVEL", "\udcff"),
    "deep": ("MOSAIC_KERNEL__LOG_LEVEL", DEEP),
}

SETTINGS = {
    "no-value": ("kernel", "--set"),
    "no-key": ("=3", "--set"),
    "unknown": ("kernel.log_levle=debug", "kernel.log_levle"),
    "type": ("kernel.stop_seconds=soon", "kernel.stop_seconds"),
    "yaml": ("kernel.stop_seconds=[1", "--set"),
    "contradiction": ("kernel=3", "kernel"),
    "plugin": ("plugins.engine.parallelism=0", "plugins.engine.parallelism"),
    "empty-part": ("kernel..x=3", "kernel"),
    "provider": ("ports.storage=oracle", "storage"),
    "bomb": ("kernel=" + BOMB, "--set"),
}

WORKFLOWS = {
    "empty": "",
    "comment": "# nothing\n",
    "null": "null\n",
    "list": "- a\n",
    "text": "hello\n",
    "no-jobs": "name: x\n",
    "jobs-list": "jobs: [a]\n",
    "jobs-empty": "jobs: {}\n",
    "job-null": "jobs: {a: null}\n",
    "job-empty": "jobs: {a: {}}\n",
    "steps-empty": "jobs: {a: {steps: []}}\n",
    "steps-mapping": "jobs: {a: {steps: {run: x}}}\n",
    "step-text": "jobs: {a: {steps: [x]}}\n",
    "step-nothing": "jobs: {a: {steps: [{name: x}]}}\n",
    "run-number": "jobs: {a: {steps: [{run: 3}]}}\n",
    "run-empty": "jobs: {a: {steps: [{run: ''}]}}\n",
    "run-and-uses": "jobs: {a: {steps: [{run: x, uses: actions/checkout}]}}\n",
    "uses-unknown": "jobs: {a: {steps: [{uses: moon/walk@v1}]}}\n",
    "uses-path": "jobs: {a: {uses: ../../../etc/passwd}}\n",
    "uses-absolute": "jobs: {a: {uses: /etc/passwd}}\n",
    "uses-itself": "on: workflow_call\njobs: {a: {uses: ./input.yaml}}\n",
    "job-name-path": f"jobs: {{../../a: {{{STEPS}}}}}\n",
    "job-name-space": f"jobs: {{a b: {{{STEPS}}}}}\n",
    "need-unknown": f"jobs: {{a: {{needs: z, {STEPS}}}}}\n",
    "need-itself": f"jobs: {{a: {{needs: a, {STEPS}}}}}\n",
    "cycle": f"jobs: {{a: {{needs: b, {STEPS}}}, b: {{needs: c, {STEPS}}}, c: {{needs: a, {STEPS}}}}}\n",
    "duplicate-job": f"jobs:\n  a: {{{STEPS}}}\n  a: {{{STEPS}}}\n",
    "duplicate-step": "jobs: {a: {steps: [{id: s, run: x}, {id: s, run: x}]}}\n",
    "unknown-key": f"jobs: {{a: {{stepz: 1, {STEPS}}}}}\n",
    "top-key": f"job: {{}}\njobs: {{a: {{{STEPS}}}}}\n",
    "on-unknown": f"on: moonrise\njobs: {{a: {{{STEPS}}}}}\n",
    "timeout-zero": f"jobs: {{a: {{timeout-minutes: 0, {STEPS}}}}}\n",
    "timeout-nan": f"jobs: {{a: {{timeout-minutes: .nan, {STEPS}}}}}\n",
    "timeout-giant": f"jobs: {{a: {{timeout-minutes: {'9' * 4000}, {STEPS}}}}}\n",
    "retry-many": f"jobs: {{a: {{retry: {{attempts: 1000000}}, {STEPS}}}}}\n",
    "matrix-empty": f"jobs: {{a: {{strategy: {{matrix: {{v: []}}}}, {STEPS}}}}}\n",
    "matrix-huge": "jobs: {a: {strategy: {matrix: {"
    + ", ".join(f"{name}: [{', '.join(map(str, range(10)))}]" for name in "abcdefgh")
    + f"}}}}, {STEPS}}}}}\n",
    "expression": "jobs: {a: {steps: [{run: 'echo ${{ 1 + }}'}]}}\n",
    "expression-open": "jobs: {a: {if: '${{ success(', steps: [{run: x}]}}\n",
    "expression-deep": "jobs: {a: {if: '" + "(" * 3000 + "1" + ")" * 3000 + "', steps: [{run: x}]}}\n",
    "context": "jobs: {a: {steps: [{run: 'echo ${{ moon.phase }}'}]}}\n",
    "function": "jobs: {a: {if: 'system(1)', steps: [{run: x}]}}\n",
    "container": f"jobs: {{a: {{container: node, {STEPS}}}}}\n",
    "env-name": f"env: {{'A=B': x}}\njobs: {{a: {{{STEPS}}}}}\n",
    "tag": "jobs: !!python/object/apply:os.system ['true']\n",
    "merge-key": f"x: &x {{{STEPS}}}\njobs: {{a: {{<<: *x}}}}\n",
    "bomb": BOMB,
    "deep": f"jobs: {DEEP}\n",
    "two-documents": f"jobs: {{a: {{{STEPS}}}}}\n---\njobs: {{}}\n",
    "unclosed": "jobs: {a: {steps: [{run: x}]\n",
    "latin-1": b"name: caf\xe9\njobs: {a: {steps: [{run: x}]}}\n",
    "null-byte": f"name: a\0b\njobs: {{a: {{{STEPS}}}}}\n",
    "surrogate": f"name: \udc80\njobs: {{a: {{{STEPS}}}}}\n",
    "utf-16": f"jobs: {{a: {{{STEPS}}}}}\n".encode("utf-16"),
    "binary": bytes(range(256)) * 10,
    "huge": "name: '" + "x" * 1_200_000 + f"'\njobs: {{a: {{{STEPS}}}}}\n",
    "artifact-path": "jobs: {a: {steps: [{uses: 'artifact:upload', with: {name: ../../x, path: y}}]}}\n",
    "artifact-absolute": "jobs: {a: {steps: [{uses: 'artifact:upload', with: {name: /tmp/x, path: y}}]}}\n",
    "input-required": "on: {workflow_dispatch: {inputs: {a: {required: true}}}}\n"
    f"jobs: {{a: {{{STEPS}}}}}\n",
}

PRDS = {
    "empty": "",
    "blank": " \n\n\t\n",
    "heading": "# Product\n",
    "headings": "# Product\n\n## Overview\n\n## Scope\n",
    "front-matter": "---\ntitle: x\n---\n",
    "rule": "---\n",
    "comment": "<!-- nothing here -->\n",
    "code": "```\n```\n",
    "punctuation": "!!! ??? ...\n",
    "binary": bytes(range(256)) * 20,
    "null-byte": "# Shop\n\n- As a user, I want a\0 book\n",
    "latin-1": "# Café\n\n- As a user, I want a book\n".encode("latin-1"),
    "utf-16": "# Shop\n\n- As a user, I want to add a book\n".encode("utf-16"),
    "surrogate": "# Shop\n\n- As a user, I want \udc80\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(2000),
    "zip": b"PK\x03\x04" + bytes(range(256)),
    "too-large": "# Shop\n\n" + "- As a user, I want to add a book\n" * 200_000,
    "too-many-lines": "# Shop\n" + "\n" * 210_000,
}


def node(node_id: str, **rest: object) -> dict[str, object]:
    return {"node_id": node_id, "title": f"Do {node_id}", **rest}


def tree(*leaves: dict[str, object]) -> dict[str, object]:
    return {"mosaic_plan": 1, "title": "t", "nodes": [node("E.001"), *leaves]}


WORK = {"minutes": 5, "runtime": "command", "work": {"run": "true"}}
PLANS = {
    "empty": "",
    "blank": "  \n",
    "null": "null",
    "list": "[]",
    "number": "3",
    "empty-object": "{}",
    "unclosed": '{"mosaic_plan": 1, "title": "t", "nodes": [',
    "trailing": '{"mosaic_plan": 1, "title": "t", "nodes": []} x',
    "comment": '// x\n{"mosaic_plan": 1}',
    "version": {"mosaic_plan": 2, "title": "t", "nodes": []},
    "version-text": {"mosaic_plan": "1", "title": "t", "nodes": []},
    "no-nodes": {"mosaic_plan": 1, "title": "t"},
    "nodes-object": {"mosaic_plan": 1, "title": "t", "nodes": {}},
    "node-text": {"mosaic_plan": 1, "title": "t", "nodes": ["E.001"]},
    "no-title": {"mosaic_plan": 1, "nodes": []},
    "no-id": {"mosaic_plan": 1, "title": "t", "nodes": [{"title": "x"}]},
    "title-number": tree({"node_id": "F.001.01", "title": 3}),
    "unknown-key": tree(node("F.001.01", minuets=3)),
    "bad-id": tree(node("F.1.1", **WORK)),
    "id-path": tree(node("../../../etc/passwd", **WORK)),
    "id-newline": tree(node("F.001.01\n", **WORK)),
    "id-level": tree(node("S.001.01", **WORK)),
    "duplicate-id": tree(node("F.001.01", **WORK), node("F.001.01", **WORK)),
    "orphan": tree(node("S.001.01.01", **WORK)),
    "cycle": tree(
        node("F.001.01", depends_on=["F.001.02"], **WORK), node("F.001.02", depends_on=["F.001.01"], **WORK)
    ),
    "itself": tree(node("F.001.01", depends_on=["F.001.01"], **WORK), node("F.001.02", **WORK)),
    "waits-for-parent": tree(node("F.001.01", depends_on=["E.001"], **WORK), node("F.001.02", **WORK)),
    "unknown-need": tree(node("F.001.01", depends_on=["F.001.09"], **WORK), node("F.001.02", **WORK)),
    "needs-text": tree(node("F.001.01", **{**WORK, "depends_on": "F.001.02"})),
    "needs-numbers": tree(node("F.001.01", **{**WORK, "depends_on": [1]})),
    "oversized": tree(node("F.001.01", **{**WORK, "minutes": 90}), node("F.001.02", **WORK)),
    "negative": tree(node("F.001.01", **{**WORK, "minutes": -5}), node("F.001.02", **WORK)),
    "fraction": tree(node("F.001.01", **{**WORK, "minutes": 1.5}), node("F.001.02", **WORK)),
    "giant": tree(node("F.001.01", **{**WORK, "minutes": 10**30}), node("F.001.02", **WORK)),
    "nan": '{"mosaic_plan": 1, "title": "t", "nodes": [{"node_id": "E.001", "title": "x", "minutes": NaN}]}',
    "infinite": '{"mosaic_plan": 1, "title": "", "nodes": [{"node_id": "E.001", "minutes": 1e999}]}',
    "digits": '{"mosaic_plan": 1, "title": "t", "nodes": [{"node_id": "E.001", "title": "x", "minutes": '
    + "9" * 6000
    + "}]}",
    "repeated-key": '{"mosaic_plan": 1, "mosaic_plan": 1, "title": "t", "nodes": []}',
    "deep": '{"mosaic_plan": 1, "title": ' + DEEP + "}",
    "deeper": '{"mosaic_plan": 1, "title": ' + "[" * 100_000 + "}",
    "serves-unknown": tree(node("F.001.01", serves=["R1"], **WORK), node("F.001.02", **WORK)),
    "owned-twice": tree(node("F.001.01", owns=["x"], **WORK), node("F.001.02", owns=["x"], **WORK)),
    "uncovered": {
        **tree(node("F.001.01", **WORK), node("F.001.02", **WORK)),
        "requirements": [{"requirement_id": "R1", "kind": "story", "text": "x"}],
    },
    "span": {
        **tree(node("F.001.01", **WORK)),
        "requirements": [
            {"requirement_id": "R1", "kind": "story", "text": "x", "span": {"start": 5, "end": 2}}
        ],
    },
    "check-timeout": tree(node("F.001.01", checks=[{"name": "x", "timeout_seconds": 0}], **WORK)),
    "check-text": tree(node("F.001.01", checks=["pytest"], **WORK)),
    "all-done": tree(node("F.001.01", done=True, **WORK), node("F.001.02", done=True, **WORK)),
    "latin-1": '{"mosaic_plan": 1, "title": "café", "nodes": []}'.encode("latin-1"),
    "utf-16": '{"mosaic_plan": 1, "title": "t", "nodes": []}'.encode("utf-16"),
    "half-pair": '{"mosaic_plan": 1, "title": "\\ud800", "nodes": []}',
    "surrogate": '{"mosaic_plan": 1, "title": "\udc80", "nodes": []}',
    "null-byte": '{"mosaic_plan": 1, "title": "a\0b", "nodes": []}',
    "binary": bytes(range(256)) * 10,
    "huge": '{"mosaic_plan": 1, "title": "' + "x" * 6_000_000 + '"}',
    "many": '{"mosaic_plan": 1, "title": "t", "nodes": [' + ",".join(["1"] * 150_000) + "]}",
}


def wfformat(tasks: object, **rest: object) -> dict[str, object]:
    return {"name": "w", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": tasks}, **rest}}


def step(name: str, parents: object = (), children: object = ()) -> dict[str, object]:
    return {"id": name, "name": name, "parents": parents, "children": children}


FOREIGN = {
    # Task Master
    "tm-tasks-text": ("json", {"tasks": "x"}),
    "tm-empty": ("json", {"tasks": []}),
    "tm-task-number": ("json", {"tasks": [3]}),
    "tm-no-title": ("json", {"tasks": [{"id": 1}]}),
    "tm-duplicate": ("json", {"tasks": [{"id": 1, "title": "a"}, {"id": 1, "title": "b"}]}),
    "tm-cycle": (
        "json",
        {
            "tasks": [
                {"id": 1, "title": "a", "dependencies": [2]},
                {"id": 2, "title": "b", "dependencies": [1]},
            ]
        },
    ),
    "tm-unknown-need": ("json", {"tasks": [{"id": 1, "title": "a", "dependencies": [7]}]}),
    "tm-needs-text": ("json", {"tasks": [{"id": 1, "title": "a", "dependencies": "2"}]}),
    "tm-subtasks": ("json", {"tasks": [{"id": 1, "title": "a", "subtasks": 3}]}),
    "tm-id": ("json", {"tasks": [{"id": [1], "title": "a"}]}),
    # Beads
    "beads-empty": ("jsonl", ""),
    "beads-list": ("jsonl", "[]\n"),
    "beads-half": ("jsonl", '{"id": "a-1", "title": "x", "status": "open"}\n{"id": \n'),
    "beads-duplicate": (
        "jsonl",
        '{"id": "a-1", "title": "x", "status": "open"}\n{"id": "a-1", "title": "y", "status": "open"}\n',
    ),
    "beads-no-id": ("jsonl", '{"title": "x", "status": "open"}\n'),
    "beads-type": ("jsonl", '{"id": "a-1", "title": ["x"], "status": "open"}\n'),
    "beads-nan": ("jsonl", '{"id": "a-1", "title": "x", "status": "open", "estimated_minutes": NaN}\n'),
    "beads-utf-8": ("jsonl", b'{"id": "a-1", "title": "\xff", "status": "open"}\n'),
    # WfFormat
    "wf-version": ("json", {**wfformat([step("a")]), "schemaVersion": "1.3"}),
    "wf-empty": ("json", wfformat([])),
    "wf-tasks": ("json", wfformat({"a": 1})),
    "wf-duplicate": ("json", wfformat([step("a"), step("a")])),
    "wf-unknown": ("json", wfformat([step("a", ["z"])])),
    "wf-contradiction": ("json", wfformat([step("a"), step("b", ["a"])])),
    "wf-cycle": ("json", wfformat([step("a", ["b"], ["b"]), step("b", ["a"], ["a"])])),
    "wf-runtime": (
        "json",
        wfformat([step("a")], execution={"tasks": [{"id": "a", "runtimeInSeconds": -1}]}),
    ),
    "wf-execution": (
        "json",
        wfformat([step("a")], execution={"tasks": [{"id": "z", "runtimeInSeconds": 1}]}),
    ),
    "wf-parents": ("json", wfformat([step("a", "b")])),
    # UPP trees in Markdown
    "upp-duplicate": ("md", "# E.001 Shop\n\n## F.001.01 A\n\n## F.001.01 B\n"),
    "upp-orphan": ("md", "# E.001 Shop\n\n### S.001.05.01 A (10 min)\n"),
    "upp-cycle": (
        "md",
        (
            "# E.001 Shop\n\n## F.001.01 A (10 min)\n\nDepends on: F.001.02\n\n## F.001.02 B (10 min)\n\n"
            "Depends on: F.001.01\n"
        ),
    ),
    # anything at all
    "unknown-object": ("json", {"hello": "world"}),
    "unknown-suffix": ("txt", "hello"),
    "no-suffix": ("", "hello"),
}

LOCATED = re.compile(r"error: \S.*\[[a-z-]+\]|input(\.[a-z]*)?:\d+(:\d+)?: ")


def refused(place, *argv, environment=None, where="", words=""):
    """The program refuses: with 2, a place, no traceback; and it leaves nothing behind."""
    before = place.files()
    answer = place.call(*argv, environment=environment).demand(2)
    assert LOCATED.search(answer.err), answer.err
    assert where in answer.err, answer.err
    assert words in answer.err
    assert "\x1b" not in answer.err
    assert len(answer.err) < 20_000
    assert answer.out == ""
    assert place.files() == before
    assert place.rows("SELECT run_id FROM runs") == []
    assert place.events() == []


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations(place, name):
    place.write("mosaic.yaml", CONFIGURATIONS[name])
    refused(place, "runs", where="mosaic.yaml")


@pytest.mark.parametrize("name", ["list", "bomb", "latin-1", "unknown-key", "plugin-range", "deep"])
def test_configurations_of_the_user(place, name):
    place.write("../home/config/mosaic/mosaic.yaml", CONFIGURATIONS[name])
    refused(place, "runs", where="home/config/mosaic/mosaic.yaml")


@pytest.mark.parametrize("name", VARIABLES)
def test_environments(place, name):
    variable, value = VARIABLES[name]
    refused(place, "runs", environment={variable: value}, where=f"${variable}")


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(place, name):
    setting, where = SETTINGS[name]
    refused(place, "runs", "--set", setting, where=where)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows(place, name):
    target = place.write("input.yaml", WORKFLOWS[name])
    refused(place, "run", target, where="input.yaml")


@pytest.mark.parametrize("name", PRDS)
def test_documents(place, name):
    target = place.write("input.md", PRDS[name])
    refused(place, "run", target, where="input.md")
    refused(place, "plan", "new", target, "-o", "plan.json", where="input.md")


@pytest.mark.parametrize("name", PLANS)
def test_plans(place, name):
    target = place.write("input.json", PLANS[name])
    refused(place, "run", target, where="input.json")


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_plans(place, name):
    suffix, content = FOREIGN[name]
    target = place.write(f"input.{suffix}" if suffix else "input", content)
    refused(place, "run", target, where="input")
