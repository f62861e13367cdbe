"""What went wrong with an endpoint, in the words and kinds that the port's contract has for it.

Refuses to pass on a secret: what the endpoint said is redacted, bounded, and never chained to what was raised
underneath, which may quote a header.
"""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_hookspecs.errors import Denied, InputError, MosaicError, Unavailable
from mosaic_hookspecs.redaction import Redactor

from .draft import storable

_LONGEST_WORDS = 500
_NO_KEY = (401, 403)
_PAY_FIRST = 402
_BROKEN = 500
_NO_CONTENT, _REDIRECTS = range(200, 300), range(300, 400)
_LONGEST_WAIT = 86400
_NO_MONEY = frozenset({"insufficient_quota", "billing_error", "insufficient_balance", "billing_not_active"})
_DENIED = frozenset({"authentication_error", "permission_error", "invalid_api_key"})
_LATER = (408, 409, 425, 429)


class Failures:
    """Makes the errors of one endpoint.

    Args:
        name: what the configuration calls it.
        key_from: the variable that holds its key.
    """

    def __init__(self, name: str, key_from: str) -> None:
        self._name = name
        self._where = f"plugins.models.endpoints.{name}"
        self._key_from = key_from

    def unreachable(self, how: str) -> Unavailable:
        """Nobody answered, or not in time."""
        return Unavailable(
            "model-unavailable",
            f"the model {self._name!r} {how}",
            where=self._where,
            hint="Try again later; is its url right, and does it serve?",
        )

    def malformed(self, how: str, got: str = "", secrets: Iterable[str] = ()) -> Unavailable:
        """What came is no answer."""
        return Unavailable(
            "model-malformed",
            f"the model {self._name!r} {how}",
            where=self._where,
            got=clean(got, secrets),
            hint="Does its url lead to an endpoint of its kind?",
        )

    def no_key(self) -> Denied:
        """The key is not there, or cannot be sent."""
        return Denied(
            "model-denied",
            f"there is no usable key for the model {self._name!r}",
            where=f"{self._where}.key_from",
            expected=f"the environment variable {self._key_from}, of printable characters",
            hint=f"Set {self._key_from} where Mosaic runs.",
        )

    def refused(self, words: str, got: str = "", secrets: Iterable[str] = ()) -> InputError:
        """It does not take the request."""
        return InputError(
            "model-refused",
            f"the model {self._name!r} does not take the request: {words}",
            where=self._where,
            got=clean(got, secrets),
            hint="Is the model's name right, and is what is asked short enough?",
        )

    def of_status(self, status: int, kind: str, words: str, wait: str, secrets: Iterable[str]) -> MosaicError:
        """An answer with a status that is none of success."""
        said = f"HTTP {status}" + (f": {words}" if words else "")
        if status in _NO_KEY or status == _PAY_FIRST or kind in _NO_MONEY:
            return self._denied(said, secrets, has_no_money=status == _PAY_FIRST or kind in _NO_MONEY)
        if status in _LATER or status >= _BROKEN:
            asked = f"; it asks to wait {wait} s" if wait.isdecimal() and int(wait[:9]) < _LONGEST_WAIT else ""
            return self._overloaded(said + asked, secrets)
        if status in _REDIRECTS:
            return self.refused("it redirects, which is not followed, since the key would go along")
        if status in _NO_CONTENT:
            return self.malformed(f"answered with HTTP {status} and no content")
        return self.refused(f"HTTP {status}", words, secrets)

    def of_kind(self, kind: str, words: str, secrets: Iterable[str]) -> MosaicError:
        """An error in the middle of an answer."""
        said = f"in the middle of its answer: {kind}: {words}"
        if kind in _NO_MONEY or kind in _DENIED:
            return self._denied(said, secrets, has_no_money=kind in _NO_MONEY)
        if kind == "invalid_request_error":
            return self.refused(kind, words, secrets)
        return self._overloaded(said, secrets)

    def _overloaded(self, said: str, secrets: Iterable[str]) -> Unavailable:
        return Unavailable(
            "model-unavailable",
            f"the model {self._name!r} is overloaded or broken",
            where=self._where,
            got=clean(said, secrets),
            hint="Try again later.",
        )

    def _denied(self, said: str, secrets: Iterable[str], *, has_no_money: bool) -> Denied:
        setting = f"{self._where}.key_from"
        key = f"the key in {self._key_from}" if self._key_from else "the missing key"
        return Denied(
            "model-denied",
            f"the model {self._name!r} does not accept {key}",
            where=setting,
            got=clean(said, secrets),
            hint="Its account has no credit: add some, or name another endpoint."
            if has_no_money
            else f"Set {setting} to a variable that holds a good key.",
        )


def clean(text: str, secrets: Iterable[str]) -> str:
    """Return text that an endpoint said, bounded, on one line, and without secrets."""
    redactor = Redactor(secret.encode(errors="replace") for secret in secrets if secret)
    data = storable(text).encode()
    plain = (redactor.feed(data) + redactor.finish()).decode("utf-8", "replace")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    return line if len(line) <= _LONGEST_WORDS else line[:_LONGEST_WORDS] + " …"
