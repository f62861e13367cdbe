"""Matrices: GitHub's documented examples, limits, and how combinations become tasks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflow_fakes import compile_text, findings_of

from mosaic_workflow.matrix import combinations_of


def test_include_as_github_documents_it():
    matrix = {
        "fruit": ["apple", "pear"],
        "animal": ["cat", "dog"],
        "include": [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    }
    assert combinations_of(matrix) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_include_expands_and_adds_as_github_documents_it():
    expanded = combinations_of(
        {
            "os": ["windows-latest", "ubuntu-latest"],
            "node": [14, 16],
            "include": [{"os": "windows-latest", "node": 16, "npm": 6}],
        }
    )
    assert len(expanded) == 4
    assert [item for item in expanded if "npm" in item] == [{"os": "windows-latest", "node": 16, "npm": 6}]
    added = combinations_of({"version": [10], "include": [{"os": "windows-latest", "version": 17}]})
    assert added == [{"version": 10}, {"os": "windows-latest", "version": 17}]
    alone = combinations_of({"include": [{"site": "a"}, {"site": "b"}]})
    assert alone == [{"site": "a"}, {"site": "b"}]


def test_exclude_as_github_documents_it():
    matrix = {
        "os": ["macos-latest", "windows-latest"],
        "version": [12, 14, 16],
        "environment": ["staging", "production"],
        "exclude": [
            {"os": "macos-latest", "version": 12, "environment": "production"},
            {"os": "windows-latest", "version": 16},
        ],
    }
    found = combinations_of(matrix)
    assert len(found) == 9
    assert {"os": "macos-latest", "version": 12, "environment": "production"} not in found
    assert not [item for item in found if item["os"] == "windows-latest" and item["version"] == 16]


def test_include_brings_back_what_exclude_took():
    assert combinations_of({"a": [1, 2], "exclude": [{"a": 1}], "include": [{"a": 1}]}) == [{"a": 2}, {"a": 1}]


def test_numbers_and_booleans_are_not_confused():
    assert combinations_of({"a": [1, True, "1"], "exclude": [{"a": True}]}) == [{"a": 1}, {"a": "1"}]


axes = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True), min_size=1
)


@given(axes, st.lists(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3)), max_size=4))
def test_include_never_changes_the_matrix_own_values(matrix, include):
    plain = combinations_of(matrix)
    found = combinations_of({**matrix, "include": include})
    for before, after in zip(plain, found, strict=False):
        assert {key: after[key] for key in before} == before
    assert len(plain) <= len(found) <= len(plain) + len(include)


async def test_combinations_become_tasks():
    text = """
jobs:
  t:
    strategy:
      max-parallel: 2
      matrix: {py: ["3.11", "3.12"], os: [linux, "a/b c"], include: [{py: "3.14", extra: true}]}
    steps: [{run: "true"}]
  after: {needs: t, steps: [{run: "true"}]}
"""
    _, tasks = await compile_text(text)
    assert [task.task_id for task in tasks] == [
        "t.3.11-linux", "t.3.11-a-b-c", "t.3.12-linux", "t.3.12-a-b-c", "t.3.14", "after",
    ]  # fmt: skip
    assert tasks[1].title == "t (3.11, a/b c)"
    assert [need.task_id for need in tasks[5].needs] == [task.task_id for task in tasks[:5]]
    assert len({task.group for task in tasks[:5]}) == 2
    assert tasks[2].work["strategy"] == {"fail-fast": True, "job-index": 2, "job-total": 5, "max-parallel": 2}


async def test_equal_looking_combinations_get_names_of_their_own():
    text = 'jobs: {t: {strategy: {matrix: {v: [1, "1", "a b", "a-b", "--"]}}, steps: [{run: "true"}]}}'
    _, tasks = await compile_text(text)
    assert [task.task_id for task in tasks] == ["t.1", "t.1-2", "t.a-b", "t.a-b-2", "t.1-3"]


async def test_matrix_from_an_input():
    text = """
on: {workflow_dispatch: {inputs: {v: {default: '["x", "y"]'}}}}
jobs: {t: {strategy: {matrix: {v: "${{ fromJSON(inputs.v) }}"}}, steps: [{run: "echo ${{ matrix.v }}"}]}}
"""
    _, tasks = await compile_text(text, {"v": "[1, 2, 3]"})
    assert [task.work["matrix"] for task in tasks] == [{"v": 1}, {"v": 2}, {"v": 3}]
    assert len((await compile_text(text))[1]) == 2
    with pytest.raises(Exception, match="a list that is not empty"):
        await compile_text(text, {"v": "7"})
    with pytest.raises(Exception, match="fromJSON: not JSON"):
        await compile_text(text, {"v": "]"})


def test_too_many_combinations():
    text = "jobs: {t: {strategy: {matrix: {a: [%s], b: [%s]}}, steps: [{run: x}]}}"
    numbers = ", ".join(str(number) for number in range(17))
    assert "more than 256" in findings_of(text % (numbers, numbers))[0].message
