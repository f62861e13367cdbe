import os
import subprocess
import sys

import pytest

from mosaic_kernel import PluginIndex, discovered_commands
from mosaic_kernel.configuring import Sources, load_configuration
from mosaic_kernel.selection import select
from mosaic_kernel.slots import PluginState
from mosaic_kernel.trust import pin_of
from mosaic_kernel.trust_lock import LOCK_FILE, write_lock

COMMAND = "{commands: {hello: {target: 'made_up_adds.plugin:Plugin', summary: Says hello.}}}"


@pytest.fixture
def adds(installed, project, tmp_path, monkeypatch):
    """Install a plugin that adds a command, and work in the project; nothing else is configured."""
    monkeypatch.chdir(project)
    for name in [name for name in os.environ if name.startswith("MOSAIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return installed("adds", COMMAND)


@pytest.fixture
def is_offered(tmp_path):
    def ask(**arguments):
        return "hello" in discovered_commands(file=str(tmp_path / "index.json"), **arguments)

    return ask


def test_without_configuration_it_is_offered_but_not_in_safe_mode(adds, is_offered):
    assert is_offered()
    assert not is_offered(safe_mode=True)


@pytest.mark.parametrize(
    "text",
    [
        "deny: [adds]",
        "allow: [memory]",
        "plugins: {adds: false}",
        "plugins: {adds: False}",
        '"d\\x65ny": [adds]',
        "require_lock: true",
        "deny: [adds",
        "allow: adds",
        "deny: {adds: true}",
        "- deny adds",
        "profile: unknown",
    ],
)
@pytest.mark.parametrize("place", ["project", "above", "user"])
def test_it_is_not_offered_where_its_plugin_is_kept_out(
    adds, is_offered, project, tmp_path, monkeypatch, text, place
):
    file = (tmp_path / "config" / "mosaic" if place == "user" else project) / "mosaic.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")
    if place == "above":
        (project / "sub" / "folder").mkdir(parents=True)
        monkeypatch.chdir(project / "sub" / "folder")
    assert not is_offered()


@pytest.mark.parametrize(
    "text",
    ["deny: [other]", "allow: [adds]", "plugins: {other: {}}", "kernel: {log_level: error}", "profile: ''", ""],
)
def test_it_is_offered_where_its_plugin_is_let_in(adds, is_offered, project, text):
    (project / "mosaic.yaml").write_text(text)
    # A plugin that is not installed may not be configured, but is no reason to offer nothing.
    assert is_offered() is True


@pytest.mark.parametrize(
    ("name", "value"), [("MOSAIC_DENY", "[adds]"), ("MOSAIC_PLUGINS__ADDS", "false"), ("MOSAIC_ALLOW", "[]")]
)
def test_the_environment_keeps_it_out_too(adds, is_offered, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not is_offered()


LAYERS = [
    {"user": "deny: [adds]", "project": "deny: []"},
    {"user": "deny: []", "project": "deny: [adds]"},
    {"project": "plugins: {adds: false}", "live": "plugins: {adds: {}}"},
    {"project": "plugins: {adds: {}}", "live": "plugins: {adds: false}"},
    {"live": "plugins: {adds: false}", "MOSAIC_PLUGINS__ADDS": "{}"},
    {"project": "deny: [adds]", "MOSAIC_DENY": "[]"},
    {"project": "allow: [memory]", "MOSAIC_ALLOW": "null"},
    {"project": "profile: strict"},
    {"project": "profile: strict\ndeny: []"},
    {"project": "profile: open"},
    {"project": "profile: strict", "MOSAIC_PROFILE": "''"},
    {"user": "state_directory: state", "state": "plugins: {adds: false}"},
    {"user": "state_directory: state", "live": "plugins: {adds: false}"},
]


@pytest.mark.parametrize("layers", LAYERS)
def test_the_few_keys_are_read_as_the_whole_configuration_is(
    adds, installed, is_offered, project, tmp_path, monkeypatch, layers
):
    brings = installed("brings", "{profiles: {strict: strict.yaml, open: open.yaml}}")
    (brings / "strict.yaml").write_text("deny: [adds]\n")
    (brings / "open.yaml").write_text("deny: [memory]\n")
    files = {
        "user": tmp_path / "config" / "mosaic" / "mosaic.yaml",
        "project": project / "mosaic.yaml",
        "live": project / ".mosaic" / "live.yaml",
        "state": project / "state" / "live.yaml",
    }
    for name, text in layers.items():
        if name in files:
            files[name].parent.mkdir(parents=True, exist_ok=True)
            files[name].write_text(text + "\n")
        else:
            monkeypatch.setenv(name, text)
    listings = PluginIndex(file="").listings()
    sources = Sources(profile=None, directory=project, settings={}, environment=os.environ)
    slots = select(listings, load_configuration(sources, listings).configuration, safe_mode=False)
    assert is_offered() == (slots["adds"].state is PluginState.CHOSEN)


def test_what_was_disabled_while_the_system_ran_is_not_offered(adds, is_offered, project):
    (project / ".mosaic").mkdir()
    (project / ".mosaic" / "live.yaml").write_text("plugins: {adds: false}\n")
    assert not is_offered()


def test_under_a_lock_it_is_offered_as_it_was_locked(adds, is_offered, project):
    (project / "mosaic.yaml").write_text("require_lock: true\n")
    write_lock(project / LOCK_FILE, {"adds": pin_of(PluginIndex(file="").listings()["adds"])})
    assert is_offered()
    (adds / "evil.py").write_text("")
    assert not is_offered()


def test_a_refused_plugin_is_not_imported_for_its_command(adds, project, site):
    (adds / "plugin.py").write_text("print('imported')\n")
    (project / "mosaic.yaml").write_text("deny: [adds]\n")
    denied = _mosaic(site, "hello")
    assert denied.returncode == 2
    assert "'hello' is a command of the plugin 'adds', which is denied" in denied.stderr
    (project / "mosaic.yaml").unlink()
    safe = _mosaic(site, "hello", "--safe-mode")
    assert safe.returncode == 2
    assert "imported" not in denied.stdout + safe.stdout
    assert "imported" in _mosaic(site, "hello").stdout


def test_harmless_configuration_is_looked_at_without_importing_anything_for_it(adds, project, tmp_path, site):
    (project / "mosaic.yaml").write_text("kernel: {log_level: error}\n")
    file = str(tmp_path / "index.json")
    code = (
        "import sys, mosaic_kernel\n"
        f"assert 'hello' in mosaic_kernel.discovered_commands(file={file!r})\n"
        "heavy = {'attrs', 'yaml', 'cattrs', 'trio', 'importlib.metadata', 'pathlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
        )
    assert (done.returncode, done.stderr) == (0, "")


def _mosaic(site, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "mosaic_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site)},
    )


def test_the_command_that_locks_exits_with_what_it_found(adds, project, site):
    (project / "mosaic.yaml").write_text("allow: [adds, memory]\nprofile: ''\nrequire_lock: true\n")
    missing = _mosaic(site, "plugins", "lock", "--check")
    assert missing.returncode == 2
    assert "no-lock" in missing.stderr
    first = _mosaic(site, "plugins", "lock")
    assert first.returncode == 0, first.stderr
    assert "+ adds: made-up-adds 1.0\n" in first.stdout
    assert first.stdout.endswith(f"{LOCK_FILE} is written: 2 plugins.\n")
    good = _mosaic(site, "plugins", "lock", "--check")
    assert (good.returncode, good.stdout) == (0, f"{project / LOCK_FILE} fits: 2 plugins.\n")
    (adds / "evil.py").write_text("")
    bad = _mosaic(site, "plugins", "lock", "--check")
    assert bad.returncode == 1
    assert bad.stdout == "~ adds: new: evil.py\n"
    assert "does not fit" in bad.stderr


def test_the_command_that_locks_wants_a_configuration_without_mistakes(adds, project, site):
    (project / "mosaic.yaml").write_text("dney: [adds]\n")
    done = _mosaic(site, "plugins", "lock")
    assert done.returncode == 2
    assert "dney" in done.stderr
    assert not (project / LOCK_FILE).exists()
