import attrs
import pytest

from mosaic_hookspecs import Denied, InputError
from mosaic_kernel import PluginIndex
from mosaic_kernel.discovery import Listing
from mosaic_kernel.manifests import package_directory
from mosaic_kernel.trust import pin_of, refuse_untrusted
from mosaic_kernel.trust_lock import LOCK_FILE, Lock, read_lock, write_lock

RECORD = (
    "made_up_greeter/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0",
    "made_up_greeter/plugin.py,sha256=abc,20",
    "made_up_vendored/__init__.py,sha256=def,0",
    "../../../bin/greeter,sha256=differs-by-environment,200",
    "made_up_greeter-1.0.dist-info/INSTALLER,sha256=differs,4",
    "made_up_greeter/__pycache__/plugin.cpython-311.pyc,,",
)


def found():
    """Return what discovery finds, without looking through all that is installed."""
    target = "made_up_greeter.plugin:Plugin"
    return Listing(
        name="greeter",
        target=target,
        distribution="made-up-greeter",
        version="1.0",
        directory=package_directory(target),
    )


@pytest.fixture
def locked(installed, project):
    """Install a plugin, lock it, and return its package."""
    package = installed("greeter", record=RECORD)
    write_lock(project / LOCK_FILE, {"greeter": pin_of(found())})
    return package


def refusal(project, listing=None, **arguments):
    with pytest.raises(Denied) as caught:
        refuse_untrusted(listing or found(), read_lock(project), **arguments)
    assert caught.value.hint == "Review it, then run `mosaic plugins lock greeter`."
    return caught.value


def test_what_was_locked_passes(locked, project):
    refuse_untrusted(found(), read_lock(project))
    refuse_untrusted(PluginIndex(file="").listings()["greeter"], read_lock(project))


def test_what_is_not_in_the_lock_is_refused(installed, project):
    installed("greeter")
    write_lock(project / LOCK_FILE, {})
    error = refusal(project)
    assert error.code == "not-locked"
    assert str(error.where).endswith(LOCK_FILE + ":3:1")


def test_the_files_that_differ_are_named_and_the_place_of_the_pin(locked, project):
    (locked / "plugin.py").write_text("class Plugin:\n    pasS\n")
    (locked / "evil.py").write_text("")
    (locked / "__init__.py").unlink()
    error = refusal(project)
    assert error.code == "lock-mismatch"
    assert error.got == "changed: plugin.py; new: evil.py; gone: __init__.py"
    assert error.where.line == 5
    assert "made-up-greeter 1.0, sha256:" in error.expected


def test_of_very_many_files_a_few_are_named(locked, project):
    for number in range(9):
        (locked / f"evil{number}.py").write_text("")
    assert refusal(project).got == "new: evil0.py, evil1.py, evil2.py, evil3.py, evil4.py and 4 more"


@pytest.mark.parametrize("field", ["version", "distribution", "target"])
def test_another_version_distribution_or_entry_point(locked, project, field):
    other = attrs.evolve(found(), **{field: "made_up_greeter.other:Plugin"})
    error = refusal(project, other)
    assert error.code == "lock-mismatch"
    assert error.got.startswith(f"{field} {getattr(found(), field)} → made_up_greeter.other:Plugin")


def test_an_upgrade_is_another_version(locked, installed, site, project):
    (site / "made_up_greeter-1.0.dist-info").rename(site / "made_up_greeter-1.1.dist-info")
    metadata = site / "made_up_greeter-1.1.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.0", "1.1"))
    assert refusal(project, PluginIndex(file="").listings()["greeter"]).got == "version 1.0 → 1.1"


@pytest.mark.parametrize("old", ["made_up_vendored/__init__.py,sha256=def", "made_up_vendored"])
def test_another_record_of_the_distribution(locked, site, project, old):
    record = site / "made_up_greeter-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text().replace(old, "made_up_replaced"))
    assert refusal(project).got == "its distribution's record has changed"


def test_what_differs_by_environment_is_not_in_the_record(locked, site, project):
    record = site / "made_up_greeter-1.0.dist-info" / "RECORD"
    text = record.read_text().replace("differs", "another").replace("cpython-311", "cpython-314")
    record.write_text("\n".join(reversed(text.splitlines())) + "\n\n")
    refuse_untrusted(found(), read_lock(project))


@pytest.mark.parametrize("text", ["", "_made_up.pth,sha256=abc,20\n"])
def test_an_editable_installation_of_the_same_passes(locked, site, project, text):
    (site / "made_up_greeter-1.0.dist-info" / "RECORD").write_text(text)
    refuse_untrusted(found(), read_lock(project))


def test_an_altered_line_of_a_file_is_no_way_around_the_digest(locked, project):
    file = project / LOCK_FILE
    text = file.read_text()
    (locked / "plugin.py").write_text("class Plugin:\n    pasS\n")
    new = pin_of(found()).files["plugin.py"]
    old = read_lock(project).pins["greeter"].files["plugin.py"]
    file.write_text(text.replace(old, new))
    assert refusal(project).got.startswith("contents sha256:")
    file.write_text(text[: text.index("    files:")])
    assert refusal(project).got.startswith("contents sha256:")


def test_the_bytes_that_will_run_are_those_that_are_checked(locked, project):
    disk = {file.name: file.read_bytes() for file in locked.glob("*.py")}
    refuse_untrusted(found(), read_lock(project), sources=disk)
    # What is on the disk by now is not what will run.
    (locked / "plugin.py").write_text("raise SystemExit\n")
    refuse_untrusted(found(), read_lock(project), sources=disk)
    assert refusal(project).got == "changed: plugin.py"
    (locked / "plugin.py").write_bytes(disk["plugin.py"])
    swapped = {**disk, "plugin.py": b"raise SystemExit\n"}
    assert refusal(project, sources=swapped).got == "changed: plugin.py"
    assert refusal(project, sources={**disk, "inner/evil.py": b""}).got == "new: inner/evil.py"
    # And of what is no source, the disk's counts.
    (locked / "mosaic-plugin.yaml").write_text("greeter: {needs: [storage]}\n")
    assert refusal(project, sources=disk).got == "changed: mosaic-plugin.yaml"


def test_another_package_of_that_name_before_it_is_refused(locked, project, tmp_path, monkeypatch):
    listing = found()
    (tmp_path / "first" / "made_up_greeter").mkdir(parents=True)
    (tmp_path / "first" / "made_up_greeter" / "__init__.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(str(tmp_path / "first"))
    assert refusal(project, listing).got.startswith(f"it would be imported from {tmp_path / 'first'}")


def test_a_package_with_very_many_files_is_locked_by_its_digest_alone(installed, project):
    package = installed("greeter")
    for number in range(300):
        (package / f"asset{number}.txt").write_text("")
    pin = pin_of(found())
    assert pin.files == {}
    write_lock(project / LOCK_FILE, {"greeter": pin})
    refuse_untrusted(found(), read_lock(project))
    (package / "asset7.txt").write_text("!")
    assert refusal(project).got.startswith("contents sha256:")


def test_what_the_program_gave_itself_is_not_asked_for():
    own = Listing(name="own", factory=object(), is_third_party=False)
    refuse_untrusted(own, Lock(file=None))


def test_without_a_lock_or_with_a_damaged_one_everything_is_refused(locked, project):
    (project / LOCK_FILE).write_text("format: 1\nplugins: [\n")
    with pytest.raises(InputError) as caught:
        refuse_untrusted(found(), read_lock(project))
    assert caught.value.code == "bad-lock"
    (project / LOCK_FILE).unlink()
    with pytest.raises(InputError) as caught:
        refuse_untrusted(found(), read_lock(project))
    assert caught.value.code == "no-lock"
