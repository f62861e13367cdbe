"""Takes secrets out of output as it passes, whatever way it is cut into pieces.

Owns the patterns and the state between two pieces. Knows values (of environment variables whose names
look secret) and shapes (keys of well-known services and of Mosaic's own doors, bearer headers, private key
blocks). Refuses to hold back more than what may be the beginning of a secret, so that live output stays live.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

REDACTED = b"[redacted]"
_SHORTEST_VALUE = 6

_SECRET_NAME = re.compile(
    r"secret|token|passw(or)?d|passphrase|credential|api_?key|access_?key|private_?key|signing_?key|auth",
    re.IGNORECASE,
)
_NOT_SECRET_NAME = re.compile(r"(^|_)(author|authority)(_|$)|GIT_AUTHOR|SSH_AUTH_SOCK", re.IGNORECASE)

# What is not the middle of a word; the end of a colour's escape sequence is none, nor an m that begins a piece:
# it may be one.
_FRESH = rb"(?:(?<![A-Za-z0-9])|(?<=[0-9]m)|(?<=\Am))"
# A secret begins with its trigger (cheap to look for) and must then match its shape.
_SHAPES: Mapping[bytes, bytes] = {
    b"AKIA": rb"AKIA[0-9A-Z]{16}",
    b"ASIA": rb"ASIA[0-9A-Z]{16}",
    **{b"gh%c_" % kind: rb"gh%c_[A-Za-z0-9]{20,}" % kind for kind in b"pousr"},
    b"github_pat_": rb"github_pat_[A-Za-z0-9_]{20,}",
    b"glpat-": rb"glpat-[A-Za-z0-9_-]{16,}",
    b"sk-": _FRESH + rb"sk-[A-Za-z0-9_-]{16,}",
    b"xox": rb"xox[abeprs]-[A-Za-z0-9-]{10,}",
    b"AIza": rb"AIza[0-9A-Za-z_-]{30,}",
    b"hf_": _FRESH + rb"hf_[A-Za-z0-9]{20,}",
    b"npm_": rb"npm_[A-Za-z0-9]{30,}",
    b"pypi-": rb"pypi-[A-Za-z0-9_-]{30,}",
    # Mosaic's own: what was lent for an attempt, and the person's tokens that lie in the state directory.
    **{door: door + rb"[A-Za-z0-9_-]{40,}" for door in (b"mosaic-lent-", b"mosaic-mcp-", b"mosaic-http-")},
    b"://": rb"://[^/\s:@]{1,200}:[^/\s:@]{1,200}@",
    # Atomic from the start of the run of letters, or a text of nothing but triggers took quadratic time.
    b"eyJ": rb"(?<![A-Za-z0-9_-])((?>[A-Za-z0-9_-]*?(?=eyJ)))"
    rb"eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?",
    **{
        word: word + rb"[ \t]+[A-Za-z0-9_.~+/=-]{8,}"
        for word in (b"Bearer", b"bearer", b"BEARER", b"Authorization: Basic", b"authorization: Basic")
    },
}
# What a shape has in a group stays.
_PATTERNS = tuple(
    (trigger, re.compile(shape), rb"\1" + REDACTED if b"((" in shape else REDACTED)
    for trigger, shape in _SHAPES.items()
)
# What is not yet a secret at the end of a piece, and may become one with the next.
_UNFINISHED = re.compile(
    b"(?:" + b"|".join(re.escape(trigger) for trigger in _SHAPES) + rb")[ \t]*[A-Za-z0-9_.~+/=-]*\Z"
    rb"|-----BEGIN [A-Z0-9 ]*-{0,5}\Z"
    rb"|://[^/\s@]*\Z"
)
_UNFINISHED_WINDOW = 512
_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~+/=-"

_KEY_TRIGGER = b"-----BEGIN "
_KEY_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_KEY_END = re.compile(rb"-----END [A-Z0-9 ]{0,60}-----")
_KEY_END_LENGTH = 80
_LONGEST_KEY = 65536


def secret_values(*environments: Mapping[str, str]) -> frozenset[bytes]:
    """Return the values of the variables whose names look secret and that are long enough to hide."""
    return frozenset(
        value.encode(errors="surrogateescape")
        for environment in environments
        for name, value in environment.items()
        if len(value) >= _SHORTEST_VALUE and _SECRET_NAME.search(name) and not _NOT_SECRET_NAME.search(name)
    )


def redacted(text: str, values: Iterable[bytes] = ()) -> str:
    """Return a whole text without its secrets: those `values`, and what has the shape of one."""
    redactor = Redactor(values)
    data = redactor.feed(text.encode("utf-8", "surrogatepass")) + redactor.finish()
    return data.decode("utf-8", "replace")


class Redactor:
    """One stream's redaction: `feed` each piece, then `finish`; what both return is the clean stream."""

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        # The longest first: one value may be a part of another.
        self._values = sorted(set(values), key=len, reverse=True)
        self._starts = (_KEY_TRIGGER, *_SHAPES, *self._values)
        self._held = b""
        self._is_swallowing = False
        self._key_bytes = -1  # how much of a private key block has passed; -1: in none

    def feed(self, data: bytes) -> bytes:
        """Take the next piece; return what is certain to hold no part of a secret."""
        return b"".join(self._feed(data))

    def finish(self) -> bytes:
        """Return what was held back, at the end of the stream."""
        held, self._held = self._held, b""
        return b"" if self._key_bytes >= 0 else held

    def _feed(self, data: bytes) -> Iterator[bytes]:
        data = self._held + data
        self._held = b""
        while True:
            if self._key_bytes >= 0:
                data = self._after_key(data)
            if self._is_swallowing:
                data = data.lstrip(_TOKEN_CHARACTERS)
                self._is_swallowing = not data
            if not data:
                return
            for value in self._values:
                if value in data:
                    data = data.replace(value, REDACTED)
            begin = _KEY_BEGIN.search(data) if _KEY_TRIGGER in data else None
            if begin is None:
                break
            # The text before the block is whole: nothing of it needs to wait.
            yield self._replace_shapes(data[: begin.start()]) + REDACTED
            self._is_swallowing = False
            self._key_bytes = 0
            data = data[begin.end() :]
        data = self._replace_shapes(data)
        hold = self._hold_from(data)
        self._held = data[hold:]
        yield data[:hold]

    def _replace_shapes(self, data: bytes) -> bytes:
        for trigger, pattern, instead in _PATTERNS:
            if trigger in data:
                ends = [match.end() for match in pattern.finditer(data)]
                if ends:
                    # A secret that reaches the end may go on in the next piece.
                    self._is_swallowing |= ends[-1] == len(data)
                    data = pattern.sub(instead, data)
        return data

    def _after_key(self, data: bytes) -> bytes:
        if end := _KEY_END.search(data):
            self._key_bytes = -1
            return data[end.end() :]
        cut = max(0, len(data) - _KEY_END_LENGTH)
        self._key_bytes += cut
        if self._key_bytes > _LONGEST_KEY:
            # No key is so long: a block without an end must not hide all that follows.
            self._key_bytes = -1
            return data
        self._held = data[cut:]
        return b""

    def _hold_from(self, data: bytes) -> int:
        """Return where in `data` a secret may begin that is not complete yet."""
        hold = len(data)
        for start in self._starts:
            hold = min(hold, _unfinished_start(start, data))
        if found := _UNFINISHED.search(data, max(0, len(data) - _UNFINISHED_WINDOW)):
            hold = min(hold, found.start())
        # The two characters before decide whether some shapes begin there.
        return max(0, hold - 2) if hold < len(data) else hold


def _unfinished_start(text: bytes, data: bytes) -> int:
    """Return where `data` ends with the beginning of `text`, or its length if it does not."""
    position = data.find(text[:1], max(0, len(data) - len(text) + 1))
    while position >= 0:
        if text.startswith(data[position:]):
            return position
        position = data.find(text[:1], position + 1)
    return len(data)
