"""Stacks: what a document names, and the real commands by which work on each is checked.

Owns the words by which a stack is recognised. A word inside "no X" or "without X" names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from ..reading.telling import unknown_words, vocabulary
from .inspection import Target


@attrs.frozen(kw_only=True)
class Stack:
    """A way to build. `suite` runs all tests; `single` runs the one file ``{file}``; `test_file` and
    `source_file` are where a slug's files stand ("": this stack has no such rule).
    """

    name: str
    suite: str
    single: str
    test_file: str
    source_file: str = ""
    syntax: str = ""
    manifest: str = ""
    builds_services: bool = False


PYTHON = Stack(
    name="python",
    suite="{python} -m pytest -q -p no:cacheprovider",
    single="{python} -m pytest -q -p no:cacheprovider {file}",
    test_file="tests/test_{name}.py",
    manifest="pyproject.toml",
)
NODE = Stack(
    name="node",
    suite="npm test",
    single="npm test -- {file}",
    test_file="tests/{slug}.test.js",
    manifest="package.json",
)
UNKNOWN = Stack(
    name="unknown",
    suite="test -s acceptance/all.sh && sh acceptance/all.sh",
    single="test -s {file} && sh {file}",
    test_file="acceptance/{slug}.sh",
)


def _script(name: str, suite: str, manifest: str) -> Stack:
    return Stack(
        name=name,
        suite=suite,
        single="test -s {file} && sh {file}",
        test_file="acceptance/{slug}.sh",
        manifest=manifest,
    )


STACKS: dict[str, Stack] = {
    "python": PYTHON,
    "node": NODE,
    "go": _script("go", "go test ./...", "go.mod"),
    "rust": _script("rust", "cargo test", "Cargo.toml"),
    "java": _script("java", "mvn -q test", "pom.xml"),
    "dotnet": _script("dotnet", "dotnet test", ""),
    "ruby": _script("ruby", "bundle exec rake test", "Gemfile"),
    "php": _script("php", "vendor/bin/phpunit", "composer.json"),
    "dart": _script("dart", "flutter test", "pubspec.yaml"),
    "unknown": UNKNOWN,
}
_NOT = r"(?<!no )(?<!not )(?<!without )(?<!non-)(?<!instead of )(?<!unlike )"
_WORDS: Sequence[tuple[str, str]] = (
    (
        "node",
        r"node(?:\.?js)?\b(?=\.js|js|\s*\(|\s*v?\d|\s+with|\s+back|,|\s*$|\s+server)|Node\.?[jJ][sS]|NodeJS|Express\.js|NestJS|Next\.js|React(?:\.?[jJ][sS])?\b|Vue(?:\.?[jJ][sS])?\b|Angular|Svelte(?:Kit)?|TypeScript|JavaScript|Fastify|Nuxt|Electron|Bun\b|Deno\b|npm\b",
    ),
    ("go", r"Golang|golang|(?:in|with|using) Go\b|Go \d|Go modules?|Gin framework"),
    ("rust", r"(?:in|with|using) Rust\b|Rust (?:backend|service|\d)|Actix|Axum|\bcargo\b"),
    ("java", r"\bJava\b(?! ?[Ss]cript)|Spring Boot|Kotlin|Quarkus|Micronaut|Android\b"),
    ("dotnet", r"ASP\.NET|\.NET\b|C#|Blazor"),
    ("ruby", r"Ruby on Rails|\bRails\b|\bRuby\b|Sinatra"),
    ("php", r"\bPHP\b|Laravel|Symfony|WordPress"),
    ("dart", r"Flutter|\bDart\b"),
    (
        "unknown",
        r"SwiftUI|\bSwift\b (?:app|\d)|\biOS\b|Elixir|Phoenix Framework|\bScala\b|Haskell|Unity\b|Unreal",
    ),
)
_IN_LISTS: dict[str, str] = {
    "go": r"^(?:\w+: )?Go\b",
    "rust": r"^(?:\w+: )?Rust\b",
    "node": r"\bExpress\b|\bJest\b",
    "unknown": r"\bSwift\b",
}
_OTHER_PYTHON = re.compile(
    rf"{_NOT}\b(?:Django|FastAPI|Quart|Tornado|Pyramid|Starlette|Litestar|aiohttp|GraphQL|gRPC|Streamlit|MongoDB|Mongo|PostgreSQL|Postgres|MySQL|MariaDB|DynamoDB|Firebase|Supabase|Cassandra|Celery|Kafka|RabbitMQ|Redis)\b",
    re.IGNORECASE,
)
_PYTHON = re.compile(rf"{_NOT}\b(?:Python|Flask|Django|FastAPI|pytest|SQLAlchemy)\b")
_PLAIN_PYTHON = frozenset(("python", "flask", "sqlite", "sqlalchemy", "pytest"))
_WITH_WHAT = re.compile(r"(?:using|with|in|on|written in|built with)\s", re.IGNORECASE)
_SQLITE = re.compile(r"sqlite", re.IGNORECASE)
_DATABASES = re.compile(r"postgres(?:ql)?|mysql|mariadb", re.IGNORECASE)


def named_stack(text: str, technologies: Sequence[str]) -> Stack | None:
    """Return the stack that a document names; None if it names none.

    The result builds services without a model only if nothing else than plain Python is named.
    """
    listed = "\n".join(technologies)
    for name, pattern in _WORDS:
        if re.search(_NOT + rf"(?<![\w.-])(?:{pattern})", text) or (
            name in _IN_LISTS and re.search(_IN_LISTS[name], listed, re.MULTILINE)
        ):
            return (
                PYTHON
                if name == "node" and _PYTHON.search(listed) and not re.search(pattern, listed)
                else STACKS[name]
            )
    others = {match[0].lower() for match in _OTHER_PYTHON.finditer(text)}
    if _SQLITE.search(listed or text):
        others = {word for word in others if not _DATABASES.fullmatch(word)}
    if _PYTHON.search(text):
        return attrs.evolve(PYTHON, builds_services=not others)
    return attrs.evolve(UNKNOWN) if others else None


def stack_words(text: str, stack: Stack) -> frozenset[str]:
    """Return the words of a text by which it names the stack that work is laid out for."""
    if stack.name == "python":
        return _PLAIN_PYTHON if stack.builds_services else frozenset(("python", "pytest"))
    pattern = dict(_WORDS).get(stack.name) if stack.name != "unknown" else None
    return vocabulary(match[0] for match in re.finditer(pattern, text)) if pattern else frozenset()


def is_technology(text: str) -> bool:
    """Whether a clause only says with what to build: *using Django and PostgreSQL*."""
    named = [match[0] for match in _OTHER_PYTHON.finditer(text)]
    named += [match[0] for _, pattern in _WORDS for match in re.finditer(pattern, text)]
    return bool(_WITH_WHAT.match(text)) and not unknown_words(text, vocabulary(named) | _PLAIN_PYTHON)


def choose_stack(named: Stack | None, target: Target) -> Stack:
    """Choose the stack: what the target repository already has, else what is named, else plain Python
    for services and scripts of its own for everything else.
    """
    if target.stack:
        found = STACKS[target.stack]
        return attrs.evolve(found, suite=target.suite or found.suite)
    return named or attrs.evolve(UNKNOWN, builds_services=True)
