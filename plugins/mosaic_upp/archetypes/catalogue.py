"""The archetypes: kinds of programs, the words that announce them, and the steps that make them, as data.

A step's title may hold ``{noun}``; it then stands once for each noun of the goal.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class Step:
    """One piece of work: `file` is the stem of what it delivers, `after` are keys of earlier steps."""

    key: str
    title: str
    minutes: int
    after: Sequence[str] = ()


@attrs.frozen(kw_only=True)
class Stage:
    """Steps that belong together."""

    title: str
    steps: Sequence[Step]


@attrs.frozen(kw_only=True)
class Archetype:
    """A kind of program. `pattern` is looked for in a goal; `says` are other words of goals that its steps
    carry out. Steps on a noun are only for nouns that the goal names. Where nothing matches `surely`, it
    is a guess, which takes a noun.
    """

    name: str
    title: str
    pattern: str
    says: str = ""
    surely: str = ""
    stages: Sequence[Stage] = ()


def stage(title: str, *steps: tuple[str, str, int, str]) -> Stage:
    """Make a stage of rows: key, title, minutes, and the keys of what each step waits for."""
    return Stage(
        title=title,
        steps=tuple(
            Step(key=key, title=words, minutes=minutes, after=tuple(after.split()))
            for key, words, minutes, after in steps
        ),
    )


FOUNDATION = stage(
    "Foundation",
    ("layout", "Lay out the project: package, settings, entry point", 25, ""),
    ("runner", "Set up the test runner with a first passing test", 15, "layout"),
    ("style", "Set up formatter, linter and one command that runs all checks", 20, "layout"),
)
RELEASE = stage(
    "Release",
    ("readme", "Write the README: what it is, set-up, first use, tests", 25, "whole"),
    ("package", "Build the release artefact and install it in a clean environment", 25, "whole"),
    ("final", "Run every check from a clean checkout and mend what fails", 30, "readme package"),
)

_KEEPING = (
    "manage track keep store organise organize handle contain include cover serve expose managing tracking "
    "keeping storing organising organizing handling containing including covering having entity resource model "
    "list add edit update change delete remove belong manager tracker"
)

ARCHETYPES: Sequence[Archetype] = (
    Archetype(
        name="data-pipeline",
        title="Data pipeline",
        pattern=(
            r"\b(?:pipeline|etl|elt|ingest\w*|scrap(?:e|es|er|ing)|crawl\w*"
            r"|transform\w* (?:data|csv)|import csv|aggregat\w+)\b"
        ),
        says="data nightly ingest read load collect fetch clean normalise normalize deduplicate batch job",
        stages=(
            FOUNDATION,
            stage(
                "Reading the {noun}",
                ("schema", "Define the schema of the {noun}, with types and limits", 20, "runner"),
                ("source", "Read the {noun} from the source, in batches", 30, "schema"),
                ("reject", "Set aside malformed {noun} with the reason", 25, "source"),
                ("source-test", "Test reading the {noun}: empty, malformed and large input", 25, "reject"),
            ),
            stage(
                "Transforming the {noun}",
                ("clean", "Normalise and deduplicate the {noun}", 30, "reject"),
                ("derive", "Compute the derived values of the {noun}", 30, "clean"),
                ("derive-test", "Test the transformations of the {noun} against known results", 25, "derive"),
                ("store", "Write the {noun} to the target so that a second run changes nothing", 30, "derive"),
            ),
            stage(
                "Running the pipeline",
                (
                    "command",
                    "Run the whole pipeline from one command with a summary and an exit code",
                    25,
                    "store",
                ),
                ("resume", "Resume after a crash without losing or doubling anything", 30, "command"),
                ("report", "Log counts and durations of each step", 20, "command"),
                (
                    "whole",
                    "Test the pipeline end to end on sample data",
                    30,
                    "resume report source-test derive-test style",
                ),
            ),
            RELEASE,
        ),
    ),
    Archetype(
        name="command-line",
        title="Command-line tool",
        pattern=(
            r"\b(?:cli|command[- ]line|terminal|console (?:app|tool|program)|shell "
            r"(?:tool|script)|script)\b"
        ),
        says="tool utility",
        stages=(
            FOUNDATION,
            stage(
                "Commands",
                ("parser", "Parse arguments, with --help and --version", 25, "runner"),
                ("errors", "Report errors on stderr with exit codes 0, 1 and 2", 20, "parser"),
                ("configuration", "Read settings from a file and the environment", 25, "parser"),
            ),
            stage(
                "Work on the {noun}",
                ("read", "Read the {noun} and refuse malformed ones with their place", 30, "errors"),
                ("core", "Carry out the main job on the {noun}", 30, "read"),
                ("write", "Print the result for the {noun} as text and as JSON", 25, "core"),
                ("core-test", "Test the main job on the {noun}: usual, empty and hostile input", 30, "write"),
            ),
            stage(
                "Whole program",
                ("pipe", "Work in a pipe: stdin, stdout, broken pipes, no terminal", 20, "write"),
                ("completion", "Offer shell completion", 15, "parser"),
                (
                    "whole",
                    "Test the program as a process, end to end",
                    30,
                    "pipe completion configuration core-test style",
                ),
            ),
            RELEASE,
        ),
    ),
    Archetype(
        name="library",
        title="Library",
        pattern=(
            r"\b(?:library|package|sdk|module|client library|framework|bindings?|parser "
            r"for)\b(?! (?:management|system|service|api|app))"
        ),
        says="reusable",
        stages=(
            FOUNDATION,
            stage(
                "Public surface",
                ("surface", "Write down the public names with their types and contracts", 30, "runner"),
                ("failures", "Define the errors that callers can catch", 15, "surface"),
                ("snapshot", "Test that the public surface is what was written down", 15, "surface"),
            ),
            stage(
                "Working with the {noun}",
                ("core", "Implement the main operation on the {noun}", 30, "failures"),
                ("edges", "Handle empty, extreme and malformed {noun}", 25, "core"),
                ("core-test", "Test the {noun} by examples and by its laws", 30, "edges"),
            ),
            stage(
                "Use by others",
                ("example", "Write a runnable example of the usual case", 20, "edges"),
                ("reference", "Document every public name", 25, "edges"),
                (
                    "whole",
                    "Test the example and the documentation's snippets",
                    20,
                    "example reference core-test snapshot style",
                ),
            ),
            RELEASE,
        ),
    ),
    Archetype(
        name="rest-api",
        title="REST API",
        pattern=(
            r"\b(?:rest(?:ful)?|api|apis|backend|back[- ]end|microservice|web ?service"
            r"|http (?:service|server)|json (?:service|server)|service|server|endpoints?"
            r"|crud)\b"
        ),
        says=f"{_KEEPING} tested web documented validated crud json http database",
        stages=(
            FOUNDATION,
            stage(
                "Storage",
                ("database", "Set up the database: connection, sessions, schema creation", 25, "runner"),
                ("model", "Define the table of the {noun}", 20, "database"),
                ("validate", "Validate input for the {noun} and report every error", 25, "model"),
            ),
            stage(
                "Endpoints of the {noun}",
                ("list", "List the {noun} over HTTP", 20, "validate"),
                ("get", "Return one of the {noun}, or 404", 15, "list"),
                ("create", "Create one of the {noun} from validated input", 25, "get"),
                ("update", "Update one of the {noun}", 25, "create"),
                ("delete", "Delete one of the {noun}", 15, "update"),
                ("life", "Test the whole life of the {noun} over HTTP", 30, "delete"),
            ),
            stage(
                "Whole service",
                ("openapi", "Publish an OpenAPI document that matches the routes", 25, "life"),
                ("health", "Serve with one command, with a health route", 20, "life"),
                ("whole", "Test the live server end to end", 30, "openapi health style"),
            ),
            RELEASE,
        ),
    ),
    Archetype(
        name="web-application",
        title="Web application",
        pattern=(
            r"\b(?:web ?(?:app|application|site|page)|website|dashboard|portal|front[- "
            r"]?end|single[- ]page|spa|app|application|web|tracker|manager|blog"
            r"|shop|store|forum|platform|system)\b"
        ),
        says=f"{_KEEPING} form page browser",
        surely=r"\b(?:web|web ?(?:app|application|site|page)|website|dashboard|portal|front[- ]?end|spa)\b",
        stages=(
            FOUNDATION,
            stage(
                "Data",
                ("database", "Set up the database: connection, sessions, schema creation", 25, "runner"),
                ("model", "Define the table of the {noun}", 20, "database"),
                ("validate", "Validate input for the {noun} and report every error", 25, "model"),
                ("model-test", "Test that the {noun} are stored, changed and removed", 20, "validate"),
            ),
            stage(
                "Pages",
                ("frame", "Build the page frame: layout, navigation, error pages", 30, "runner"),
                ("list-page", "Build the page that lists the {noun}", 30, "frame validate"),
                ("form-page", "Build the form that creates and edits the {noun}", 30, "list-page"),
                ("remove", "Delete the {noun} after a confirmation", 15, "form-page"),
                ("page-test", "Test the pages of the {noun} with usual and wrong input", 30, "remove"),
            ),
            stage(
                "Whole application",
                ("access", "Make every page usable by keyboard and screen reader", 30, "page-test"),
                ("secure", "Guard forms against forgery, and escape all output", 25, "page-test"),
                (
                    "whole",
                    "Test the main journey end to end in a browser",
                    30,
                    "access secure model-test style",
                ),
            ),
            RELEASE,
        ),
    ),
)
