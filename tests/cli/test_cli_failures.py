import errno

import pytest

from mosaic_cli.failures import report
from mosaic_hookspecs import InputError, Location, NotFound, Refused


def test_every_field_is_shown_and_the_hint_comes_last(capsys):
    error = InputError(
        "bad-thing",
        "it is bad",
        where=Location(path="a.yaml", line=3, column=7),
        expected="good",
        got="bad",
        hint="Mend it.",
    )
    assert report(error) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: a.yaml:3:7: it is bad [bad-thing]",
        "  expected: good",
        "  got: bad",
        "  hint: Mend it.",
    ]


def test_codes(capsys):
    assert report(NotFound("no-run", "there is no run")) == 2
    assert report(Refused("wrong-state", "not now")) == 1
    assert report(ExceptionGroup("", [Refused("a", "b"), InputError("c", "d")])) == 2
    assert report(BaseExceptionGroup("", [KeyboardInterrupt()])) == 130
    assert report(OSError(errno.ENOSPC, "No space left on device")) == 1
    assert "the disk is full" in capsys.readouterr().err


def test_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        report(ZeroDivisionError())
