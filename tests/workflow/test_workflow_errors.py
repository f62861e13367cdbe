"""Everything that is wrong with a workflow is told, with its place, and nothing else ever escapes."""

import pickle

import pytest
import trio
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from workflow_fakes import compile_text, findings_of

from mosaic_hookspecs import InputError, RunRequest, Severity
from mosaic_workflow.problems import WorkflowErrors
from mosaic_workflow.source import WorkflowSource
from mosaic_workflow.surroundings import Surroundings

OK = "jobs: {a: {steps: [{run: x}]}}"


def in_job(keys: str) -> str:
    return f"jobs:\n  a:\n    steps: [{{run: x}}]\n{keys}"


def in_step(keys: str) -> str:
    return f"jobs:\n  a:\n    steps:\n    - run: x\n{keys}"


MALFORMED = [
    # (text, code, line, column, words)
    ("", "empty-workflow", 1, 1, "holds nothing"),
    ("# only a comment\n", "empty-workflow", 1, 1, "holds nothing"),
    ("null", "wrong-type", 1, 1, "expected a mapping; got nothing"),
    ("- a\n", "wrong-type", 1, 1, "expected a mapping; got a list"),
    ("just text", "wrong-type", 1, 1, "got a text: 'just text'"),
    ("a: [1", "bad-yaml", 1, 6, "not YAML"),
    ("a: b: c", "bad-yaml", 1, 5, "mapping values are not allowed"),
    ("a:\n\t- b", "bad-yaml", 2, 1, "not YAML"),
    ("name: x\n---\nname: y", "many-documents", 2, 1, "one YAML document"),
    ("name: \x07", "bad-text", 1, 7, "does not allow"),
    ("a: \udc80", "bad-text", 1, 4, "not UTF-8"),
    ("name: !!python/object:os.system x", "yaml-tag", 1, 7, "tags"),
    ("name: !!str x", "yaml-tag", 1, 7, "tags"),
    ("name: !custom {a: b}", "yaml-tag", 1, 7, "tags"),
    ("name: a\nname: b", "duplicate-key", 2, 1, "'name' stands here twice"),
    ("jobs:\n  a: {steps: [{run: x, run: y}]}", "duplicate-key", 2, 24, "'run'"),
    ("b: &b {x: 1}\na: {<<: *b}", "merge-key", 2, 5, "merge keys"),
    ("? [a]\n: b", "bad-key", 1, 3, "a key must be a word"),
    ("a: &x [*x]", "unknown-alias", 1, 8, "*x"),
    ("a: *none", "unknown-alias", 1, 4, "*none"),
    ("a: " + "[" * 101 + "]" * 101, "too-deep", 1, 103, "100 levels"),
    ("a: [" + "1," * 20_001 + "]", "too-many-values", 1, 39_999, "20000"),
    ("a: '" + "x" * 1_100_000 + "'", "too-big", 1, 1, "too big"),
    ("name: x", "missing-key", 1, 1, "'jobs' is missing"),
    ("jobs: {}", "empty", 1, 7, "at least 1 entry"),
    ("jobs: []", "wrong-type", 1, 7, "expected a mapping; got a list"),
    ("jobs: {a: null}", "wrong-type", 1, 11, "jobs.a"),
    ("jobs: {1a: {steps: [{run: x}]}}", "bad-name", 1, 8, "cannot be a name"),
    ("jobs: {a b: {steps: [{run: x}]}}", "bad-name", 1, 8, "cannot be a name"),
    ("jobs: {../x: {steps: [{run: x}]}}", "bad-name", 1, 8, "cannot be a name"),
    ("jobs: {a: {}}", "missing-key", 1, 11, "the job does nothing"),
    ("jobs: {a: {steps: []}}", "empty", 1, 19, "the list is empty"),
    ("jobs: {a: {steps: {run: x}}}", "wrong-type", 1, 19, "expected a list; got a mapping"),
    ("jobs: {a: {steps: [x]}}", "wrong-type", 1, 20, "jobs.a.steps[0]"),
    ("jobs: {a: {steps: [{name: x}]}}", "missing-key", 1, 20, "expected run or uses"),
    ("jobs: {a: {steps: [{run: ''}]}}", "empty", 1, 26, "the text is empty"),
    ("jobs: {a: {steps: [{run: 1}]}}", "wrong-type", 1, 26, "expected a text; got a number: '1'"),
    ("jobs: {a: {steps: [{run: x, uses: actions/checkout}]}}", "run-and-uses", 1, 29, "either run or uses"),
    ("jobs: {a: {steps: [{run: x, with: {}}]}}", "misplaced-key", 1, 29, "belongs to a step with uses"),
    ("jobs: {a: {steps: [{uses: actions/checkout, shell: sh}]}}", "misplaced-key", 1, 45, "a step with run"),
    ("jobs: {a: {steps: [{uses: actions/cache@v4}]}}", "unknown-uses", 1, 27, "expected actions/checkout"),
    ("jobs: {a: {steps: [{uses: ./x.yaml}]}}", "unknown-uses", 1, 27, "names nothing"),
    ("jobs: {a: {steps: [{uses: 'agent:'}]}}", "unknown-uses", 1, 27, "names nothing"),
    ("jobs: {a: {steps: [{uses: actions/checkout, with: {reff: x}}]}}", "unknown-key", 1, 52, "no such input"),
    ("jobs: {a: {steps: [{uses: artifact:upload}]}}", "missing-key", 1, 27, "needs 'path'"),
    (
        "jobs: {a: {steps: [{uses: artifact:upload, with: {path: x, name: ../x}}]}}",
        "bad-artifact-name",
        1,
        66,
        "cannot be named so",
    ),
    ("jobs: {a: {stepz: [{run: x}]}}", "unknown-key", 1, 12, "there is no such key"),
    ("nam: x\n" + OK, "unknown-key", 1, 1, "got 'nam'"),
    ("concurrency: x\n" + OK, "unsupported-key", 1, 1, "no such key"),
    ("on: pusch\n" + OK, "bad-value", 1, 5, "'pusch'"),
    ("on: {workflow_dispatch: {input: {}}}\n" + OK, "unknown-key", 1, 26, "on.workflow_dispatch.input"),
    ("on: {workflow_dispatch: {inputs: {a: {type: text}}}}\n" + OK, "bad-value", 1, 45, "string, number"),
    ("on: {workflow_dispatch: {inputs: {a: {type: choice}}}}\n" + OK, "missing-key", 1, 38, "no options"),
    (
        "on: {workflow_dispatch: {inputs: {a: {type: number, default: x}}}}\n" + OK,
        "bad-default",
        1,
        62,
        "a number",
    ),
    (
        "on: {workflow_dispatch: {inputs: {a: {type: boolean, default: 1}}}}\n" + OK,
        "bad-default",
        1,
        63,
        "true",
    ),
    ("on: {schedule: []}\n" + OK, "empty", 1, 16, "the list is empty"),
    ("on: {schedule: [{}]}\n" + OK, "missing-key", 1, 17, "'cron' is missing"),
    ("env: [a]\n" + OK, "wrong-type", 1, 6, "got a list"),
    ("env: {A-B: x}\n" + OK, "bad-name", 1, 7, "cannot be a name"),
    ("env: {A: {b: c}}\n" + OK, "wrong-type", 1, 10, "env.A"),
    (in_job("    needs: b"), "unknown-need", 4, 12, "there is no job 'b'"),
    (in_job("    needs: [a]"), "cycle", 4, 12, "a → a"),
    (in_job("    needs: {a: b}"), "wrong-type", 4, 12, "got a mapping"),
    (
        "jobs:\n  a: {needs: b, steps: [{run: x}]}\n  b: {needs: a, steps: [{run: x}]}",
        "cycle",
        2,
        14,
        "a → b → a",
    ),
    (in_job("    timeout-minutes: 0"), "bad-number", 4, 22, "above 0"),
    (in_job("    timeout-minutes: soon"), "wrong-type", 4, 22, "expected a number"),
    (in_job("    timeout-minutes: ${{ 'x' }}"), "wrong-type", 4, 22, "a number above 0"),
    (in_job("    timeout-minutes: ${{ needs.a }}"), "unknown-context", 4, 26, "got 'needs'"),
    (in_job("    continue-on-error: maybe"), "wrong-type", 4, 24, "true or false"),
    (in_job("    retry: {attempts: 0}"), "bad-number", 4, 23, "at least 1"),
    (in_job("    retry: {attempts: 1.5}"), "bad-number", 4, 23, "a whole number"),
    (in_job("    retry: 3"), "wrong-type", 4, 12, "expected a mapping"),
    (in_job("    strategy: {matrix: {}}"), "empty", 4, 24, "at least 1 entry"),
    (in_job("    strategy: {matrix: {v: []}}"), "empty", 4, 28, "the list is empty"),
    (in_job("    strategy: {matrix: {v: x}}"), "wrong-type", 4, 28, "a list that is not empty"),
    (in_job("    strategy: {matrix: {v: [1], exclude: [{v: 1}]}}"), "bad-matrix", 4, 24, "no combination left"),
    (in_job("    strategy: {max-parallel: 0}"), "bad-number", 4, 30, "at least 1"),
    (
        in_job("    strategy: {max-parallel: 1, matrix: {v: [1]}}\n    concurrency: x"),
        "two-limits",
        4,
        16,
        "either",
    ),
    (in_job("    concurrency: {cancel-in-progress: true}"), "missing-key", 4, 18, "'group' is missing"),
    (in_job("    concurrency: {group: g, cancel-in-progress: true}"), "unsupported-value", 4, 49, "waits"),
    (in_job("    container: node:20"), "unsupported-key", 4, 5, "no such key"),
    (in_job("    defaults: {run: {shell: zsch}}"), "unknown-shell", 4, 29, "no such shell"),
    (in_job("    if: succes()"), "unknown-function", 4, 9, "got 'succes'"),
    (in_job("    if: ${{ success() "), "bad-expression", 4, 12, "not closed"),
    (in_job("    if: true && ${{ false }}"), "bad-expression", 4, 20, "always true"),
    (in_job("    if: steps.x.outcome"), "unknown-context", 4, 9, "got 'steps'"),
    (in_job("    if: contains('a')"), "bad-arguments", 4, 9, "contains takes 2 arguments"),
    (in_job("    outputs: {x: '${{ steps.s.outputs.y }}'}"), "unknown-name", 4, 29, "no steps.s"),
    (in_job("    publish: ${{ true }}"), "wrong-type", 4, 14, "true or false"),
    (in_job("    with: {a: 1}"), "with-without-uses", 4, 5, "takes inputs"),
    (in_job("    uses: ./x.yaml"), "not-for-calls", 3, 5, "no such key"),
    (in_step("      id: a b"), "bad-name", 5, 11, "cannot be a name"),
    (in_step("      id: s\n    - {id: S, run: x}"), "duplicate-id", 6, 12, "named 'S'"),
    (in_step("      env: {X: '${{ matrx.a }}'}"), "unknown-context", 5, 21, "got 'matrx'"),
    (in_step("      env: {X: '${{ matrix.a }}'}"), "unknown-name", 5, 28, "no matrix.a"),
    (in_step("      env: {X: '${{ inputs.a }}'}"), "unknown-name", 5, 28, "no inputs.a"),
    (in_step("      env: {X: '${{ secrets.a }}'}"), "unknown-name", 5, 29, "no secrets.a"),
    (in_step("      name: one ${{ 1 }} two ${{ 1 +* 2 }}"), "bad-expression", 5, 36, "unexpected"),
    (in_step("      if: ${{ secrets.A }}"), "unknown-context", 5, 15, "got 'secrets'"),
    (in_step("      shell: perl"), "unknown-shell", 5, 14, "no such shell"),
    (
        "jobs:\n  a:\n    steps:\n    - run: |\n        echo\n        ${{ nope.x }}",
        "unknown-context",
        6,
        13,
        "nope",
    ),
    ("jobs: {a: {uses: x.yaml}}", "bad-call", 1, 18, "names no workflow"),
    ("jobs: {a: {uses: ./none.yaml}}", "bad-call", 1, 18, "cannot be read"),
    ("jobs: {a: {uses: ./../up.yaml}}", "bad-call", 1, 18, "out of the workflow's root"),
    ("jobs: {a: {uses: './a\\0.yaml'}}", "bad-call", 1, 18, ""),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), MALFORMED)
async def test_malformed(tmp_path, text, code, line, column, words):
    around = {"root": tmp_path, "secrets": frozenset()}
    found = [item for item in findings_of(text, **around) if item.severity is Severity.ERROR]
    assert code in [item.code for item in found], found
    first = next(item for item in found if item.code == code)
    assert (first.location.path, first.location.line, first.location.column) == ("w.yaml", line, column)
    assert words in f"{first.subject}: {first.message}"
    with pytest.raises(WorkflowErrors) as caught:
        await compile_text(text, **around)
    assert caught.value.findings
    assert "w.yaml:" in str(caught.value)


def test_there_are_enough_of_them():
    assert len(MALFORMED) >= 60


def test_nearest_right_word_is_the_hint():
    for text, word in [
        ("jobs: {a: {stepz: [{run: x}]}}", "steps"),
        (in_job("    needs: [bild]\n  build: {steps: [{run: x}]}"), "build"),
        (in_job("    if: alway()"), "always"),
        (in_step("      shell: bsh"), "bash"),
        ("jobs: {a: {steps: [{uses: action/checkout}]}}", "actions/checkout"),
    ]:
        assert [item.hint for item in findings_of(text) if word in item.hint], text


def test_all_errors_of_a_file_are_told_at_once_in_order():
    text = "nam: x\njobs:\n  a:\n    needs: z\n    steps:\n    - {run: x, if: nope()}\n    - {runs: y}\n"
    found = findings_of(text)
    places = [(item.location.line, item.location.column) for item in found]
    assert places == sorted(places)
    assert {item.code for item in found} == {"unknown-key", "unknown-need", "unknown-function", "missing-key"}
    error = WorkflowErrors("w.yaml", found)
    assert all(str(item.location) in str(error) for item in found)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.findings) == (str(error), error.findings)


def test_alias_bombs_are_small():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    [finding] = findings_of("\n".join(lines))
    assert finding.code == "too-many-values"


def test_honest_aliases_work():
    text = "jobs:\n  a: {env: &e {A: b}, steps: &s [{run: x}]}\n  b: {env: *e, steps: *s}\n"
    assert findings_of(text) == []


async def test_keys_that_yaml_1_1_takes_for_booleans():
    run, _ = await compile_text("on: push\nname: no\nenv: {ON: yes, NO: off}\n" + OK)
    assert run.title == "no"


def test_warnings_do_not_refuse():
    text = "permissions: {}\n" + in_job("    runs-on: ubuntu-latest\n    strategy: {matrix: {v: [3.10]}}")
    found = findings_of(text)
    assert [item.code for item in found] == ["ignored-key", "ignored-label", "number-not-text"]
    assert {item.severity for item in found} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("given_inputs", "code"),
    [
        ({}, "missing-input"),
        ({"n": 1, "x": 2}, "unknown-input"),
        ({"n": "many"}, "bad-input"),
        ({"n": True}, "bad-input"),
        ({"n": "nan"}, "bad-input"),
        ({"n": 1, "flag": "si"}, "bad-input"),
        ({"n": 1, "c": "z"}, "bad-input"),
        ({"n": 1, "s": ["x"]}, "bad-input"),
    ],
)
async def test_inputs_are_checked(given_inputs, code):
    with pytest.raises(InputError) as caught:
        await compile_text(INPUTS, given_inputs)
    assert caught.value.code == code


INPUTS = """
on:
  workflow_dispatch:
    inputs:
      n: {type: number, required: true}
      flag: {type: boolean}
      c: {type: choice, options: [x, y], default: y}
      s:
jobs: {a: {steps: [{run: x}]}}
"""


async def test_inputs_get_their_types_and_defaults():
    run, _ = await compile_text(INPUTS, {"n": "1.5", "flag": "TRUE"})
    assert run.inputs == {"n": 1.5, "flag": True, "c": "y", "s": ""}


def compile_or_refuse(text):
    source = WorkflowSource(lambda _: Surroundings())
    refusal = None
    try:
        trio.run(source.compile, RunRequest(target="w.yaml", text=text), "r1")
    except InputError as error:
        refusal = error
    assert refusal is None or (refusal.what and refusal.where is not None)


@given(st.text())
def test_any_text_is_a_run_or_an_input_error(text):
    compile_or_refuse(text)


KEYS = """
name on env jobs a b steps run uses with if needs strategy matrix include exclude timeout-minutes id outputs
inputs workflow_dispatch workflow_call type default concurrency group retry attempts max-parallel ${{ }}
${{a}} ${{matrix.a}} ${{fromJSON('[1]')}} always() echo actions/checkout ./w.yaml agent:x
"""
words = st.sampled_from(KEYS.split())
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=100)
@given(trees, trees, trees)
def test_any_tree_is_a_run_or_an_input_error(job, step, top):
    tree = {"jobs": {"a": job, "b": {"steps": [step, {"run": "x"}]}}, "on": top}
    compile_or_refuse(yaml.safe_dump(tree, allow_unicode=True))
    compile_or_refuse(yaml.safe_dump(top, allow_unicode=True))
