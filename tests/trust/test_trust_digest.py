import os
import py_compile

import pytest

from mosaic_hookspecs import Denied
from mosaic_kernel.discovery import Listing
from mosaic_kernel.trust import pin_of
from mosaic_kernel.trust_digest import digest_of, digests_in, digests_of


@pytest.fixture
def package(tmp_path):
    package = tmp_path / "site" / "greeter"
    (package / "pages").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text("class Plugin:\n    pass\n")
    (package / "mosaic-plugin.yaml").write_text("greeter: {}\n")
    (package / "pages" / "hello.html").write_text("<p>hello</p>\n")
    return package


def listing(package, target="greeter.plugin:Plugin", name="greeter"):
    return Listing(name=name, target=target, distribution="greeter", version="1.0", directory=package)


def digest(package, **arguments):
    return pin_of(listing(package, **arguments)).digest


def test_what_is_in_memory_counts_as_what_is_on_the_disk(package):
    files = {
        file.relative_to(package).as_posix(): file.read_bytes() for file in package.rglob("*") if file.is_file()
    }
    assert digests_of(files) == digests_in(listing(package))
    assert digest_of("greeter", "greeter.plugin:Plugin", digests_of(files)) == digest(package)
    assert sorted(files) == ["__init__.py", "mosaic-plugin.yaml", "pages/hello.html", "plugin.py"]


def rename(package):
    (package / "plugin.py").rename(package / "plugins.py")


CHANGES = {
    "one byte": lambda package: (package / "plugin.py").write_text("class Plugin:\n    pasS\n"),
    "the manifest": lambda package: (package / "mosaic-plugin.yaml").write_text("greeter: {needs: [ui]}\n"),
    "an asset": lambda package: (package / "pages" / "hello.html").write_text("<script>\n"),
    "a new file": lambda package: (package / "extra.py").write_text(""),
    "a new file below": lambda package: (package / "pages" / "extra.py").write_text(""),
    "a file that is gone": lambda package: (package / "__init__.py").unlink(),
    "another name": rename,
    "byte code without a source": lambda package: (package / "extra.pyc").write_bytes(b"\0" * 16),
    "a compiled module": lambda package: (package / "extra.so").write_bytes(b"\0" * 16),
    "a hidden file": lambda package: (package / ".hidden.py").write_text(""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_another_digest(package, change):
    before = digest(package)
    assert digest(package) == before
    CHANGES[change](package)
    assert digest(package) != before


def test_the_entry_point_counts(package):
    assert digest(package) != digest(package, target="greeter.plugin:Other")
    assert digest(package) != digest(package, name="welcomer")


def test_time_and_permissions_do_not_count(package):
    before = digest(package)
    os.utime(package / "plugin.py", (1, 1))
    (package / "plugin.py").chmod(0o755)
    assert digest(package) == before


def test_where_it_is_installed_does_not_count(package, tmp_path):
    before = digest(package)
    moved = tmp_path / "elsewhere" / "greeter"
    moved.parent.mkdir()
    package.rename(moved)
    assert digest(moved) == before
    link = tmp_path / "linked"
    link.symlink_to(moved)
    assert digest(link) == before


def test_byte_code_that_python_checks_does_not_count(package):
    before = digest(package)
    py_compile.compile(str(package / "plugin.py"), doraise=True)
    checked = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(package / "__init__.py"), doraise=True, invalidation_mode=checked)
    assert list((package / "__pycache__").iterdir())
    assert digest(package) == before


@pytest.mark.parametrize("name", ["extra.py", "extra.pyc", "extra.so", "inner/extra.py", "pipe.txt"])
def test_what_else_is_among_the_byte_code_counts(package, name):
    before = digest(package)
    file = package / "__pycache__" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\0" * 16)
    assert digest(package) != before


def test_byte_code_that_python_does_not_check_counts(package):
    before = digest(package)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(package / "plugin.py"), doraise=True, invalidation_mode=mode)
    assert digest(package) != before


def test_links_inside_the_package_count_as_what_they_lead_to(package):
    (package / "linked.py").symlink_to("plugin.py")
    (package / "views").symlink_to("pages")
    (package / "broken.py").symlink_to("missing.py")
    (package / "pages" / "up").symlink_to("..")
    before = digest(package)
    assert digest(package) == before
    (package / "plugin.py").write_text("changed")
    changed = digest(package)
    assert changed != before
    (package / "views").unlink()
    (package / "views").symlink_to("__pycache__")
    assert digest(package) != changed


@pytest.mark.parametrize(
    "target", ["../../outside.py", "../..", "/etc/passwd", "/dev/zero", "../../greeter.py"]
)
@pytest.mark.parametrize("place", [".", "pages", "__pycache__"])
def test_a_link_that_leads_out_is_refused(package, tmp_path, target, place):
    (tmp_path / "outside.py").write_text("")
    (package.parent / "greeter.py").write_text("")
    (package / place).mkdir(exist_ok=True)
    (package / place / "extra.cpython-311.pyc").symlink_to(package / place / target)
    with pytest.raises(Denied) as caught:
        digest(package)
    assert caught.value.code == "not-lockable"
    assert "leads out" in caught.value.got
    assert "extra.cpython-311.pyc" in caught.value.where


def test_a_link_that_leads_out_over_another_is_refused(package, tmp_path):
    (tmp_path / "outside").mkdir()
    (package / "pages" / "way").symlink_to(tmp_path)
    with pytest.raises(Denied, match="nobody can say"):
        digest(package)


def test_a_link_to_itself_is_refused(package):
    (package / "loop").symlink_to("loop")
    with pytest.raises(Denied) as caught:
        digest(package)
    assert caught.value.got == "Too many levels of symbolic links"


def test_a_pipe_is_refused_and_not_waited_for(package):
    os.mkfifo(package / "extra.py")
    with pytest.raises(Denied) as caught:
        digest(package)
    assert caught.value.got == "a pipe or a device"


def test_a_package_that_is_gone_is_refused(package):
    with pytest.raises(Denied) as caught:
        digest(package / "gone")
    assert caught.value.got == "No such file or directory"


def test_every_part_of_a_namespace_package_counts(tmp_path, monkeypatch):
    for part in ("one", "two"):
        monkeypatch.syspath_prepend(str(tmp_path / part))
        (tmp_path / part / "made_up_spread").mkdir(parents=True)
        (tmp_path / part / "made_up_spread" / "plugin.py").write_text("")
    package = tmp_path / "one" / "made_up_spread"
    before = digest(package)
    (tmp_path / "two" / "made_up_spread" / "other.py").write_text("")
    assert digest(package) != before
