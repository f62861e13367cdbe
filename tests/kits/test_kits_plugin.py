"""The kit for every plugin lets right ones be, and says what is wrong with others."""

from __future__ import annotations

import operator

import kit_plugins
import pytest
from kit_plugins import (
    Ailing,
    Bare,
    Careless,
    Clinging,
    Forgetful,
    Guessing,
    Littering,
    NotJson,
    OnlyOnce,
    Opening,
    OtherCode,
    Right,
    Straying,
    Threading,
    Undocumented,
    Varying,
    tell,
    with_operation,
)
from kit_running import failures, require_told

from mosaic_hookspecs import (
    Manifest,
    Provides,
)
from mosaic_testing import plugin
from mosaic_testing.kernels import open_plugin


@pytest.fixture(autouse=True)
def tidy():
    kit_plugins.released.clear()
    yield
    kit_plugins.tidy_up()


def opening_of(made, tmp_path, summary="Talks."):
    provides = (Provides(port="observe", contract="1.0", name="it"),)
    manifest = Manifest(summary=summary, provides=provides, hooks="1.1")

    def start(directory=None, *, plugins=(), settings=None):
        return open_plugin(("talk", made, manifest), directory or tmp_path, plugins=plugins, settings=settings)

    return start


async def run(made, tmp_path, same=operator.eq, summary="Talks.", **options):
    opened = opening_of(made, tmp_path, summary)
    return await failures(plugin, opened, tmp_path, mosaic_same_state=same, **options)


async def test_a_right_plugin_passes(tmp_path):
    assert await run(Right, tmp_path) == {}


async def test_a_plugin_of_nothing_passes(tmp_path):
    class Nothing:
        pass

    def opened(directory=None, *, plugins=(), settings=None):
        given = ("nothing", Nothing, Manifest(summary="Does nothing."))
        return open_plugin(given, directory or tmp_path, plugins=plugins, settings=settings)

    assert await failures(plugin, opened, tmp_path, mosaic_same_state=operator.eq) == {}


@pytest.mark.parametrize("name", ["memory", "sqlite", "engine", "command", "upp", "scaffold", "workspaces"])
async def test_plugins_of_the_house_pass(tmp_path, name):
    from mosaic_testing.manifests import fields_of

    def opened(directory=None, *, plugins=(), settings=None):
        needs = fields_of(name).get("needs", ())
        return open_plugin(name, directory or tmp_path, needs=needs, plugins=plugins, settings=settings)

    assert await failures(plugin, opened, tmp_path, mosaic_same_state=operator.eq) == {}


@pytest.mark.parametrize(
    ("made", "test", "expected"),
    [
        (
            with_operation(name="talk"),
            "operations_have_names_and_permissions",
            "'talk' is not named thing.verb",
        ),
        (
            with_operation(permission=""),
            "operations_have_names_and_permissions",
            "talk.ask asks for no permission, so everybody may call it",
        ),
        (
            with_operation(permission="read"),
            "operations_have_names_and_permissions",
            "talk.ask asks for the permission 'read'; permissions are named thing:verb",
        ),
        (
            with_operation(summary="Ask"),
            "operations_are_described",
            "the summary of talk.ask is no sentence: 'Ask'",
        ),
        (
            with_operation(summary="Ask\nsomething."),
            "operations_are_described",
            "the summary of talk.ask is longer than a line",
        ),
        (
            with_operation(input=Bare),
            "operations_are_described",
            "Bare, the input of talk.ask, has no docstring",
        ),
        (
            with_operation(output=dict),
            "operations_are_described",
            "the output of talk.ask is no attrs class: <class 'dict'>",
        ),
        (
            with_operation(handler=tell),
            "handlers_fit_their_kind",
            "the handler of the query talk.ask is not a coroutine function",
        ),
        (
            with_operation(resume=lambda data, _item: data),
            "handlers_fit_their_kind",
            "talk.ask has a resume, and is no stream",
        ),
        (
            Undocumented,
            "keys_of_the_configuration_are_described",
            "Config.loud has no metadata={'help': …}",
        ),
        (Ailing, "health_is_an_answer", "says that it is not well: it hurts"),
        (
            Forgetful,
            "its_state_survives",
            "its state did not survive a reload: {'heard': ['a word']} became {'heard': []}",
        ),
        (Careless, "state_that_it_cannot_read_is_refused", "mosaic_import_state took state of the version"),
        (Guessing, "state_that_it_cannot_read_is_refused", "mosaic_import_state raised ValueError"),
        (OtherCode, "state_that_it_cannot_read_is_refused", "its refusal has the code 'no'"),
        (NotJson, "its_state_survives", "the data of its state is not JSON"),
        (OnlyOnce, "the_same_operations_are_there_again", "'talk' could not be reloaded: "),
        (OnlyOnce, "the_same_operations_are_there_again", "there is one of me already"),
        (Varying, "the_same_operations_are_there_again", "after a reload it declares other operations"),
        (Clinging, "it_ends_without_a_trace", "generation 1 of the plugin 'talk' is still alive, held by"),
        (Clinging, "it_reloads_without_a_trace", "generation 3 of the plugin 'talk' is still alive, held by"),
        (Straying, "it_ends_without_a_trace", "the task talk-straggler still runs"),
        (Threading, "it_ends_without_a_trace", "the thread 'talk-worker' still runs"),
        (Opening, "it_ends_without_a_trace", "is still open: pipe:["),
        (Littering, "it_ends_without_a_trace", "talk.tmp was left behind"),
    ],
)
async def test_a_wrong_plugin_is_told(tmp_path, monkeypatch, made, test, expected):
    monkeypatch.setattr("mosaic_testing.leaks.SECONDS", 0.3)
    require_told(await run(made, tmp_path, only=[f"test_{test}"]), expected)


async def test_a_plugin_without_a_summary_is_told(tmp_path):
    found = await run(Right, tmp_path, summary="", only=["test_it_runs"])
    require_told(found, "the manifest of 'talk' has no summary")


async def test_what_counts_as_the_same_state_can_be_said(tmp_path):
    found = await run(Forgetful, tmp_path, same=lambda _one, _other: True, only=["test_its_state_survives"])
    assert found == {}
