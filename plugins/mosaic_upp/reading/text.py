"""The document as text: limits, line ends, damaged encodings. Refuses what is no text at all."""

from __future__ import annotations

import re

from mosaic_hookspecs.errors import InputError, Location

MAX_BYTES = 5 * 1024 * 1024
MAX_LINES = 200_000
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n((?:[^\n]*\n){0,80}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_KEY_LINE = re.compile(r"\s*(?:#.*|[\w-][\w .-]*:.*|-\s.*|)")
_MOJIBAKE = {
    "â€™": "’",
    "â€˜": "‘",
    "â€œ": "“",
    "â€\x9d": "”",
    "â€“": "–",
    "â€”": "—",
    "â€¦": "…",
    "â€¢": "•",
    "Ã©": "é",
    "Ã¨": "è",
    "Ã¼": "ü",
    "Ã¶": "ö",
    "Ã¤": "ä",
    "Ã±": "ñ",
    "Â ": " ",
}
_C1 = {code: bytes([code]).decode("cp1252", "ignore") or " " for code in range(0x80, 0xA0) if code != 0x85}  # noqa: PLR2004 - a bound that is said once
_C1[0x85] = "…"


def clean_text(text: str, path: str) -> str:
    r"""Return the text with ``\\n`` line ends, Windows-1252 mistakes mended and front matter blanked.

    Line numbers stay those of the file.

    Raises:
        InputError: it is empty, too large, binary, or was not UTF-8.
    """
    where = Location(path=path or "document", line=1)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError(
            "document-too-large",
            "the document is too large to be planned",
            where=where,
            expected=f"at most {MAX_BYTES // 1024 // 1024} MiB",
            hint="Split it into one document a product.",
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _refuse_characters(text, path)
    if not text.strip():
        raise InputError(
            "document-empty",
            "the document is empty",
            where=where,
            expected="a Markdown document with requirements",
            hint="Write what the program shall do: user stories, endpoints, data models, features.",
        )
    if text.count("\n") > MAX_LINES:
        raise InputError("document-too-large", "too many lines", where=where, expected=f"at most {MAX_LINES}")
    for wrong, right in _MOJIBAKE.items():
        text = text.replace(wrong, right)
    text = text.translate(_C1).replace("\u2028", " ").replace("\u2029", " ").replace("\x0b", " ")
    return _without_front_matter(text)


def _refuse_characters(text: str, path: str) -> None:
    for pattern, code, what, expected in (
        (_SURROGATE, "not-utf8", "the document is not valid UTF-8", "UTF-8 text"),
        (_CONTROL, "not-text", "the document holds control characters and seems to be binary", "Markdown text"),
    ):
        match = pattern.search(text)
        if match:
            before = text[: match.start()]
            line, column = before.count("\n") + 1, match.start() - (before.rfind("\n") + 1) + 1
            raise InputError(
                code,
                what,
                where=Location(path=path or "document", line=line, column=column),
                expected=expected,
                got=f"U+{ord(match[0]):04X}",
                hint="Save it as UTF-8 text.",
            )


def _without_front_matter(text: str) -> str:
    match = _FRONT_MATTER.match(text)
    if match and all(_KEY_LINE.fullmatch(line) for line in match[1].split("\n")):
        return "\n" * match[0].count("\n") + text[match.end() :]
    return text
