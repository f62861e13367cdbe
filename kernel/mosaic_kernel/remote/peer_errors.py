"""How a connection fails, in words. `who` is the other side."""

from __future__ import annotations

from mosaic_hookspecs.errors import InputError, Refused, Unavailable


def said_otherwise(who: str, error: InputError) -> Unavailable:
    """Return the error of a line that is no message, or that is too long for one."""
    return Unavailable(
        "plugin-protocol",
        f"{who} said something else than the protocol",
        expected=error.expected,
        got=error.got,
        hint="What is not for the kernel belongs on standard error.",
    )


def broke_off(who: str) -> Unavailable:
    """Return the error of output that ended inside a line."""
    return Unavailable("plugin-protocol", f"{who} broke off in the middle of a message")


def silent(who: str, method: str, seconds: float) -> Unavailable:
    """Return the error of a question that was stood still for in vain."""
    return Unavailable(
        "not-answering",
        f"{who} did not answer {method!r}",
        expected=f"an answer within {seconds:g} s",
        hint="It stands still, or is overloaded; kernel.answer_seconds sets the time.",
    )


def gone(who: str) -> Unavailable:
    """Return the error of another side whose output has ended."""
    return Unavailable("plugin-process-ended", f"{who} has ended")


def not_reading(who: str, most: int) -> Unavailable:
    """Return the error of another side that lets pile up what is sent to it."""
    return Unavailable(
        "plugin-not-reading",
        f"{who} does not read what is sent to it",
        expected=f"at most {most} bytes that wait",
    )


def too_many_calls(most: int) -> Refused:
    """Return the error of a request beyond what is served at once."""
    return Refused(
        "too-many-calls", "too many calls are in flight, or one of this id is", expected=f"at most {most}"
    )


def unsendable(error: InputError) -> Unavailable:
    """Return the error of an answer that is no JSON, or too long for one message."""
    return Unavailable("bad-answer", "the answer cannot be sent", expected=error.expected, got=error.got)
