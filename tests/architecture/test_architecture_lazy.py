"""The ground floor is imported part by part, and its stub says what it really exports."""

import ast
import subprocess
import sys
from pathlib import Path

import mosaic_hookspecs

STUB = Path(mosaic_hookspecs.__file__).with_suffix(".pyi")


def stated():
    """Return the names that the stub imports, with their homes, and its ``__all__``."""
    homes, exported = {}, []
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            homes.update((alias.name, node.module) for alias in node.names)
        elif isinstance(node, ast.Assign):
            exported = ast.literal_eval(node.value)
    return homes, exported


def test_stub_and_module_export_the_same():
    homes, exported = stated()
    assert list(mosaic_hookspecs.__all__) == exported
    assert set(homes) == set(exported)


def test_every_name_comes_from_the_home_that_the_stub_states():
    homes, _ = stated()
    for name, home in homes.items():
        value = getattr(mosaic_hookspecs, name)
        assert value is getattr(sys.modules[home], name), name


def test_no_name_is_hidden_by_a_module():
    # Importing a submodule sets it on the package, whatever the package says under that name.
    modules = {path.stem for path in STUB.parent.glob("*.py")}
    assert modules & set(mosaic_hookspecs.__all__) == {"counters"}


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_one_contract_is_not_all():
    loaded = loaded_by("import mosaic_hookspecs.errors")
    assert not {"pluggy", "mosaic_hookspecs.tasks", "mosaic_hookspecs.decide"} & loaded


def test_the_help_imports_no_more_than_click(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    helping = (
        "from mosaic_cli.main import mosaic; mosaic.main(['--help'], prog_name='mosaic', standalone_mode=False)"
    )
    loaded_by(helping)  # writes the index of the plugins, which the next reads
    heavy = {"attrs", "cattrs", "pluggy", "trio", "yaml", "rich", "sqlalchemy", "stevedore", "mosaic_hookspecs"}
    assert not heavy & loaded_by(helping)
