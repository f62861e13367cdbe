"""Names: words, singular and plural, snake_case and CamelCase. Owns English's common rules only."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata

_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "geese": "goose",
    "feet": "foot",
    "teeth": "tooth",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "criteria": "criterion",
    "analyses": "analysis",
    "movies": "movie",
    "cookies": "cookie",
    "calories": "calorie",
    "leaves": "leaf",
    "shelves": "shelf",
    "knives": "knife",
    "lives": "life",
    "caches": "cache",
    "heroes": "hero",
    "potatoes": "potato",
    "statuses": "status",
    "addresses": "address",
    "buses": "bus",
    "media": "media",
    "data": "data",
    "series": "series",
    "species": "species",
    "news": "news",
    "equipment": "equipment",
    "inventory": "inventory",
    "staff": "staff",
}
_PLURALS = {singular: plural for plural, singular in _IRREGULAR.items()}
_SAME = frozenset(plural for plural, singular in _IRREGULAR.items() if plural == singular)
_TAKEN = frozenset({"tests", "test", "flask", "sqlalchemy", "pytest", "attrs", "docs", "build", "dist"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def words(text: str) -> list[str]:
    """Split a name of any style (``dueDate``, ``due-date``, ``Due date``) into lower-case ASCII words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return [match.lower() for match in _WORD.findall(plain)]


def singular(word: str) -> str:
    """Return the singular of a lower-case English noun; a singular stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _PLURALS or word.endswith(("ss", "us", "is")) or not word.endswith("s") or len(word) <= 3:  # noqa: PLR2004 - a bound that is said once
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """Return the plural of a lower-case English noun in the singular."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _SAME:
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def snake(text: str) -> str:
    """Write a name as snake_case; empty if no letter is left."""
    joined = "_".join(words(text))
    return f"n_{joined}" if joined[:1].isdigit() else joined


def entity_name(text: str) -> str:
    """Write a noun as singular CamelCase; empty if no letter is left."""
    parts = words(text)
    if not parts or not any(part.isalpha() for part in parts):
        return ""
    parts[-1] = singular(parts[-1])
    name = "".join(part[:1].upper() + part[1:] for part in parts)
    return f"N{name}" if name[:1].isdigit() else name


def entity_plural(name: str) -> str:
    """Return the snake_case plural of an entity's CamelCase name."""
    parts = words(name)
    parts[-1] = plural(parts[-1])
    return "_".join(parts)


def package_name(text: str) -> str:
    """Make an import name that shadows nothing: ``json`` becomes ``json_service``."""
    name = snake(text)[:40].strip("_") or "service"
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in _TAKEN:
        return f"{name}_service"
    return name


def slug(text: str, limit: int = 48) -> str:
    """Make a short name for a file out of a sentence: lower case, digits and hyphens."""
    name = ""
    for word in words(text):
        if len(name) + len(word) > limit and name:
            break
        name += ("-" if name else "") + word[:limit]
    return name or "item"
