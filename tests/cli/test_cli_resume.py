"""``mosaic run --resume`` takes the budget that it is given."""

import json
import os

import pytest
from click.testing import CliRunner

from mosaic_cli.main import mosaic

WORKFLOW = """
name: gated
jobs:
  release:
    approval: Go?
    steps: [{run: "true"}]
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("MOSAIC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_text(WORKFLOW)

    def invoke(*argv):
        return json.loads(CliRunner().invoke(mosaic, [*argv, "--json"]).stdout)

    return invoke


def test_a_resumed_run_has_the_budget_that_it_is_given(call):
    run = call("run", "w.yaml", "--budget-tokens", "100")
    assert (run["state"], run["budget"]["tokens"]) == ("active", 100)
    call("pause", run["run_id"])
    found = call("run", "--resume", run["run_id"], "--budget-tokens", "700")
    assert (found["state"], found["budget"]["tokens"]) == ("active", 700)
