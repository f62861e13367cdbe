"""Presets are data: read strictly, with the place of every mistake."""

import re
from pathlib import Path

import pytest

from mosaic_headless.library import Library, read_preset
from mosaic_hookspecs import InputError, NotFound

NAMES = ["aider", "claude", "codex", "copilot", "cursor", "gemini", "goose", "opencode", "pi", "qwen", "vibe"]
SMALL = "title: Mine\nargv: [mine, '{prompt}']\n"


def test_the_package_has_them_all_and_each_can_be_read(tmp_path):
    library = Library([], tmp_path)
    assert library.names() == NAMES
    for name in NAMES:
        preset = library.get(name)
        assert preset.title
        assert preset.version
        assert preset.stream.rules or preset.stream.patterns
        assert preset.login
    with_tools = [name for name in NAMES if library.get(name).mcp]
    assert with_tools == ["claude", "codex", "copilot", "cursor", "gemini", "goose", "opencode", "qwen"]


def test_a_preset_of_ones_own_goes_before_the_packages(tmp_path):
    (tmp_path / "claude.yaml").write_text(SMALL)
    (tmp_path / "new.yaml").write_text(SMALL)
    library = Library(["claude.yaml", "new.yaml"], tmp_path)
    assert library.get("claude").title == library.get("new").title == "Mine"
    assert library.names() == sorted([*NAMES, "new"])


def test_what_is_not_there_says_what_is(tmp_path):
    with pytest.raises(NotFound) as raised:
        Library([], tmp_path).get("claud", "plugins.headless.agents.me.preset")
    assert raised.value.where == "plugins.headless.agents.me.preset"
    assert "claude" in raised.value.expected
    with pytest.raises(InputError) as raised:
        Library(["gone.yaml"], tmp_path).get("gone")
    assert (raised.value.code, raised.value.where) == ("bad-file", "gone.yaml")


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("title: [", "1:9", "bad-yaml"),
        ("", "1:1", "empty-preset"),
        ("- a\n", "1:1", "bad-value"),
        ("title: Mine\n", "1:1", "missing-key"),
        (SMALL + "tytle: x\n", "3:1", "unknown-key"),
        (SMALL + "title: x\n", "3:1", "duplicate-key"),
        (SMALL + "prompt: post\n", "3:9", "bad-value"),
        (SMALL + "stream:\n  format: xml\n", "4:11", "bad-value"),
        (SMALL + "stream:\n  rules:\n    - {done: perhaps}\n", "5:14", "bad-value"),
        (SMALL + "stream:\n  patterns:\n    - match: '('\n", "5:14", "bad-pattern"),
        (SMALL + "exit_codes: {one: {says: x}}\n", "3:14", "bad-key"),
        (SMALL + "environment: 5\n", "3:14", "bad-value"),
        (SMALL + "login: 5\n", "3:8", "bad-value"),
        (SMALL + "environment: {a: &b x, c: *b}\n", "3:18", "yaml-alias"),
        (SMALL + "login: !!python/name:os.system x\n", "3:8", "yaml-tag"),
        (SMALL + "? [a]\n: b\n", "3:3", "bad-key"),
        (SMALL + "---\na: b\n", "3:1", "bad-yaml"),
        (SMALL + f"environment: {'[' * 40}{']' * 40}\n", "3:", "too-deep"),
    ],
)
def test_a_mistake_has_its_place(text, place, code):
    with pytest.raises(InputError) as raised:
        read_preset(text, "mine.yaml")
    assert raised.value.code == code, raised.value
    assert str(raised.value.where).startswith(f"mine.yaml:{place}"), raised.value


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("title: x\nargv: [mine]\n", "2:7", "bad-preset"),
        (SMALL + "prompt: stdin\n", "3:9", "bad-preset"),
        (SMALL + "model: ['{modle}']\n", "3:9", "unknown-placeholder"),
        (SMALL + "environment: {A: '{url}'}\n", "3:18", "unknown-placeholder"),
        (SMALL + "mcp: {http: {argv: [{a: ['{ulr}']}]}}\n", "3:26", "unknown-placeholder"),
        (SMALL + "mcp: {http: {argv: [{a: 'Bearer {bearer}'}]}}\n", "3:25", "secret-in-arguments"),
        (SMALL + "mcp: {stdio: {argv: ['{variables|toml}']}}\n", "3:22", "secret-in-arguments"),
        (SMALL + "stream: {rules: [{when: {a: b}}]}\n", "3:18", "bad-rule"),
        (SMALL + "stream: {rules: [{when: {a: {b: c}}, done: true}]}\n", "3:29", "bad-condition"),
        (SMALL + "stream: {rules: [{where: {a: {matches: '('}}, done: true}]}\n", "3:40", "bad-pattern"),
    ],
)
def test_what_no_type_says_is_checked_too(text, place, code):
    with pytest.raises(InputError) as raised:
        read_preset(text, "mine.yaml")
    assert (str(raised.value.where), raised.value.code) == (f"mine.yaml:{place}", code)


def test_words_that_other_yaml_takes_for_truth_are_words():
    preset = read_preset(SMALL + "environment: {GOOSE_MODE: on, NUMBER: 5, HALF: 0.5}\nlogin: 'no'\n", "p")
    assert preset.environment == {"GOOSE_MODE": "on", "NUMBER": 5, "HALF": 0.5}


def test_the_preset_in_the_documentation_is_one():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "coding-agents.md"
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    [text] = [block for block in blocks if block.startswith("title:")]
    preset = read_preset(text, "robot.yaml")
    assert preset.title == "Robot"
    assert len(preset.stream.rules) == 6
    for name in NAMES:
        assert f"`{name}`" in page.read_text()
