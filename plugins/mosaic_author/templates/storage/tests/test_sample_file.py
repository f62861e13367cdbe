"""What the file promises: a torn line is no harm, a damaged one is told, two processes are kept apart."""

import subprocess
import sys

import pytest
from mosaic_hookspecs import IntegrityError, RecordEvent, Unavailable

from mosaic_sample.lines_file import LinesFile
from mosaic_sample.store import LinesStorage


class FixedClock:
    """A time that stands still."""

    def now(self):
        """Return it."""
        return 1_000


async def test_a_torn_line_is_cut_away(tmp_path):
    path = tmp_path / "store.jsonl"
    first = LinesStorage(path, FixedClock())
    await first.apply([RecordEvent(kind="sample.one")], by="test")
    first.close()
    whole = path.read_bytes()
    path.write_bytes(whole + b'[["event",2,1000')
    second = LinesStorage(path, FixedClock())
    assert await second.head() == 1
    assert path.read_bytes() == whole
    await second.apply([RecordEvent(kind="sample.two")], by="test")
    assert (await second.verify()).is_sound
    second.close()


async def test_a_damaged_line_is_told(tmp_path):
    path = tmp_path / "store.jsonl"
    store = LinesStorage(path, FixedClock())
    await store.apply([RecordEvent(kind="sample.one")], by="test")
    store.close()
    path.write_bytes(path.read_bytes().replace(b"[[", b"[{", 1))
    damaged = LinesStorage(path, FixedClock())
    with pytest.raises(IntegrityError) as caught:
        await damaged.open()
    assert caught.value.code == "damaged-store"


async def test_two_generations_see_what_the_other_wrote(tmp_path):
    old = LinesStorage(tmp_path / "store.jsonl", FixedClock())
    await old.apply([RecordEvent(kind="sample.one")], by="test")
    new = LinesStorage(tmp_path / "store.jsonl", FixedClock())
    assert await new.head() == 1
    await old.apply([RecordEvent(kind="sample.two")], by="test")
    assert await new.head() == 2
    old.close()
    await new.apply([RecordEvent(kind="sample.three")], by="test")
    assert (await new.verify()).is_sound
    new.close()


def test_another_process_is_kept_out(tmp_path):
    path = tmp_path / "store.jsonl"
    code = (
        "import sys, pathlib; from mosaic_sample.lines_file import LinesFile\n"
        "file = LinesFile(pathlib.Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(Unavailable) as caught:
            LinesFile(path)
        other.stdin.close()
    assert caught.value.code == "store-in-use"
