import pytest

from mosaic_cli.files import read_text, write_text
from mosaic_hookspecs import InputError


def test_bad_utf8_is_located(tmp_path):
    (tmp_path / "x.md").write_bytes(b"one\ntwo \xff three")
    with pytest.raises(InputError) as raised:
        read_text("x.md", tmp_path)
    assert str(raised.value.where) == "x.md:2:5"
    assert raised.value.got == "byte 0xff"


@pytest.mark.parametrize("path", ["missing.md", ".", "a\0b"])
def test_what_cannot_be_read_says_so(tmp_path, path):
    with pytest.raises(InputError, match="cannot be read"):
        read_text(path, tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path):
    with (tmp_path / "x.md").open("wb") as file:
        file.truncate(33 * 2**20)
    with pytest.raises(InputError, match="too large"):
        read_text("x.md", tmp_path)


def test_writing_replaces_whole_or_not_at_all(tmp_path):
    (tmp_path / "out.json").write_text("old")
    write_text("out.json", tmp_path, "new\n")
    assert (tmp_path / "out.json").read_text() == "new\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    with pytest.raises(InputError, match="cannot be written"):
        write_text("nowhere/out.json", tmp_path, "new")
