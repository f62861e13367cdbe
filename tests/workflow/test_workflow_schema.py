"""The JSON Schema agrees with the compiler and with the examples."""

from pathlib import Path

import jsonschema
import pytest
from test_workflow_errors import MALFORMED
from workflow_fakes import findings_of

from mosaic_hookspecs import Severity
from mosaic_workflow.document import read_document
from mosaic_workflow.schema import workflow_schema

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "workflows").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(workflow_schema())
SHAPE_CODES = {"wrong-type", "unknown-key", "missing-key", "bad-value", "empty", "bad-number", "bad-name"}

VALID = [
    "jobs: {a: {steps: [{run: x}]}}",
    "on: push\njobs: {a: {steps: [{run: x, if: true, continue-on-error: '${{ true }}'}]}}",
    "on: [push, workflow_dispatch]\njobs: {a: {needs: [], steps: [{uses: actions/checkout@v4}]}}",
    "on: {push: {branches: main}, schedule: [{cron: '0 0 * * *'}]}\njobs: {a: {steps: [{run: x}]}}",
    "env: {A: 1, B: true, C: null, D: '${{ vars.x }}'}\njobs: {a: {name: 3, steps: [{run: x}]}}",
    "jobs: {a: {strategy: {matrix: '${{ fromJSON(vars.x) }}', fail-fast: false}, steps: [{run: x}]}}",
    "jobs: {a: {concurrency: {group: g}, retry: {attempts: 3}, publish: true, steps: [{run: x}]}}",
    "jobs: {a: {runs-on: {group: g, labels: [x]}, environment: prod, permissions: {}, steps: [{run: x}]}}",
]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(workflow_schema())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid(path):
    VALIDATOR.validate(read_document(path.read_text(), str(path)).data())


@pytest.mark.parametrize("text", VALID)
def test_what_the_compiler_takes_is_valid(text):
    errors = findings_of(text, variables={"x": "{}"})
    shapes = [item for item in errors if item.severity is Severity.ERROR and item.code in SHAPE_CODES]
    assert [item for item in shapes if "matrix" not in item.subject] == []
    VALIDATOR.validate(read_document(text, "w").data())


SHAPELESS = [case for case in MALFORMED if case[1] in SHAPE_CODES]
SEMANTIC = (
    "the job does nothing", "expected run or uses", "needs 'path'", "no options", "no such input", "1 entry'",
    "a number above 0", "a list that is not empty", "cannot be a name",
)  # fmt: skip


@pytest.mark.parametrize(
    "case", [case for case in SHAPELESS if case[4] not in SEMANTIC], ids=lambda case: case[0][:40]
)
def test_what_the_vocabulary_refuses_is_invalid(case):
    assert not VALIDATOR.is_valid(read_document(case[0], "w").data())
