"""The vocabulary of workflows: every key, what it may hold, and what it means."""

from __future__ import annotations

from .shapes import Anything, Condition, Fields, Flag, Items, Null, Number, OneOf, Shape, Table, Text

NAME = r"[A-Za-z_][A-Za-z0-9_-]*\Z"
SHELLS = ("bash", "sh", "python")
INPUT_TYPES = ("string", "number", "boolean", "choice")

_RUN = frozenset({"inputs", "vars"})
_START = frozenset({"inputs", "vars", "matrix", "strategy"})
_JOB = frozenset({"inputs", "vars", "matrix", "strategy", "needs", "mosaic"})
_JOB_ENV = _JOB | {"secrets", "env"}
_STEP = _JOB_ENV | {"steps", "job", "runner"}
_STATUS = frozenset({"success", "failure", "always", "cancelled"})
_HASH = frozenset({"hashFiles"})


def _text(help_: str, **more: object) -> Text:
    return Text(help=help_, **more)  # type: ignore[arg-type]  # the keywords are Text's own


def _env(contexts: frozenset[str], help_: str, functions: frozenset[str] = frozenset()) -> Table:
    value = Text(contexts=contexts, functions=functions, takes_scalars=True)
    return Table(of=OneOf(of=(value, Null())), help=help_, pattern=r"[A-Za-z_][A-Za-z0-9_]*\Z")


_SHELL = _text("`bash`, `sh`, `python`, or a command line with `{0}` for the script's path.")
_DEFAULTS = Fields(
    help="Defaults for steps.",
    of={
        "run": Fields(
            of={
                "shell": _SHELL,
                "working-directory": _text("Directory under the workspace.", contexts=_START),
            }
        )
    },
)

_INPUT_VALUE = Anything(scalar_only=True, help="The value if none is given.")
_DISPATCH_INPUT = Fields(
    of={
        "description": _text("What it is for."),
        "type": _text("Its type; `string` if left out.", choices=INPUT_TYPES),
        "required": Flag(help="Whether a run must give it."),
        "default": _INPUT_VALUE,
        "options": Items(of=Text(takes_scalars=True), least=1, help="What a choice may be."),
        "deprecationMessage": _text("Why it should not be used any more."),
    },
    help="One input.",
)
_INPUTS = Table(of=OneOf(of=(_DISPATCH_INPUT, Null())), pattern=NAME, help="What a run may be given.")
_CALL = Fields(
    of={
        "inputs": _INPUTS,
        "outputs": Table(
            of=Fields(
                of={
                    "description": _text("What it is."),
                    "value": Text(
                        contexts=frozenset({"jobs"}),
                        takes_scalars=True,
                        help="Such as ${{ jobs.a.outputs.b }}.",
                    ),
                },
                required=("value",),
            ),
            pattern=NAME,
            help="What the workflow gives back to its caller.",
        ),
        "secrets": Anything(help="Recorded; secrets are named in Mosaic's configuration."),
    },
    help="Other workflows may call this one.",
)
_NAMES = Items(of=Text(may_be_empty=False))
_FILTERS = Fields(
    of={
        key: OneOf(of=(_NAMES, Text()))
        for key in (
            "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types", "workflows",
        )
    }
)  # fmt: skip
_SCHEDULE = Items(
    of=Fields(of={"cron": Text(may_be_empty=False), "timezone": Text()}, required=("cron",)), least=1
)
EVENTS = (
    "push", "pull_request", "workflow_dispatch", "workflow_call", "schedule", "pull_request_target", "release",
    "merge_group", "workflow_run", "repository_dispatch", "issues", "issue_comment", "create", "delete",
)  # fmt: skip
_EVENT_FIELDS: dict[str, Shape] = {event: OneOf(of=(_FILTERS, Null())) for event in EVENTS}
_EVENT_FIELDS["workflow_dispatch"] = OneOf(of=(Fields(of={"inputs": OneOf(of=(_INPUTS, Null()))}), Null()))
_EVENT_FIELDS["workflow_call"] = OneOf(of=(_CALL, Null()))
_EVENT_FIELDS["schedule"] = _SCHEDULE
ON = OneOf(
    of=(Text(choices=EVENTS), Items(of=Text(choices=EVENTS), least=1), Fields(of=_EVENT_FIELDS)),
    help="What starts it; Mosaic runs it when asked to, and reads the inputs of "
    "workflow_dispatch and workflow_call.",
)

_WITH = Table(of=Anything(contexts=_STEP), pattern=r"[A-Za-z_][A-Za-z0-9_.-]*\Z", help="What `uses` is given.")
STEP = Fields(
    help="One step of a job; it has either `run` or `uses`.",
    of={
        "id": _text("Its name in `steps`.", pattern=NAME),
        "name": Text(contexts=_STEP, takes_scalars=True, help="What people see."),
        "if": Condition(contexts=_STEP - {"secrets"}, functions=_STATUS | _HASH, help="Whether it runs."),
        "run": _text("A script.", contexts=_STEP, functions=_HASH, may_be_empty=False),
        "shell": Text(help=_SHELL.help, contexts=_STEP),
        "working-directory": _text("Directory under the workspace.", contexts=_STEP),
        "env": _env(_STEP, "Environment of the step.", _HASH),
        "timeout-minutes": Number(contexts=_STEP, excludes_least=True, help="The longest that it may take."),
        "continue-on-error": Flag(contexts=_STEP, help="Whether the job goes on if it fails."),
        "uses": _text(
            "`actions/checkout`, `artifact:upload`, `artifact:download`, `agent:NAME`, `operation:NAME`, "
            "`action:NAME` or `mcp:SERVER/TOOL`.",
            may_be_empty=False,
        ),
        "with": _WITH,
    },
)

_MATRIX_ENTRY = OneOf(
    of=(Items(of=Table(of=Anything(contexts=_RUN))), Text(contexts=_RUN, may_be_empty=False)),
    help="Combinations.",
)
MATRIX = Table(
    of=OneOf(of=(Items(of=Anything(contexts=_RUN), least=1), Text(contexts=_RUN, may_be_empty=False))),
    special={"include": _MATRIX_ENTRY, "exclude": _MATRIX_ENTRY},
    pattern=NAME,
    least=1,
    help="One job for each combination of these values.",
)
JOB = Fields(
    help="A job: steps, or a call of another workflow.",
    of={
        "name": Text(contexts=_START, takes_scalars=True, help="What people see."),
        "needs": OneOf(of=(Text(may_be_empty=False), _NAMES), help="The jobs that must be done before."),
        "if": Condition(contexts=_RUN | {"needs", "mosaic"}, functions=_STATUS, help="Whether it runs."),
        "runs-on": OneOf(
            of=(
                Text(contexts=_START, may_be_empty=False),
                Items(of=Text(contexts=_START, may_be_empty=False), least=1),
                Fields(of={"group": Text(), "labels": OneOf(of=(Text(), _NAMES))}),
            ),
            help="GitHub's own labels are ignored; each other label is one unit of the resource of that "
            "name, which quotas count.",
        ),
        "env": _env(_JOB_ENV, "Environment of all steps."),
        "defaults": _DEFAULTS,
        "strategy": Fields(
            of={
                "matrix": OneOf(of=(MATRIX, Text(contexts=_RUN, may_be_empty=False))),
                "fail-fast": Flag(contexts=_RUN, help="Cancel the others when one has failed (true)."),
                "max-parallel": Number(
                    contexts=_RUN, least=1, is_whole=True, help="How many run at the same time."
                ),
            },
            help="How the job is multiplied.",
        ),
        "timeout-minutes": Number(contexts=_START, excludes_least=True, help="The longest that it may take."),
        "continue-on-error": Flag(contexts=_START, help="Whether jobs that need it go on if it fails."),
        "concurrency": OneOf(
            of=(
                Text(contexts=_START, may_be_empty=False),
                Fields(
                    of={"group": Text(contexts=_START, may_be_empty=False), "cancel-in-progress": Flag()},
                    required=("group",),
                ),
            ),
            help="One job of a group runs at a time, in all runs of the project.",
        ),
        "approval": Text(
            contexts=_START, may_be_empty=False, help="The question that a person answers before it starts."
        ),
        "retry": Fields(
            of={
                "attempts": Number(least=1, most=100, is_whole=True, help="How often to try."),
                "delay-seconds": Number(most=86400, help="How long to wait before the second try."),
            },
            required=("attempts",),
            help="Try again when it fails; GitHub has no such key.",
        ),
        "publish": Flag(
            help="Merge what the job changes in its checkout to the run's branch; GitHub has no such key."
        ),
        "outputs": Table(
            of=Text(contexts=_STEP, takes_scalars=True), pattern=NAME, help="What other jobs may read."
        ),
        "uses": Text(may_be_empty=False, help="`./other.yaml`: the workflow to call."),
        "with": Table(of=Anything(contexts=_JOB, scalar_only=True), pattern=NAME, help="The call's inputs."),
        "steps": Items(of=STEP, least=1, help="What the job does, in order."),
    },
    unsupported={
        "container": "Run the commands on this machine, or call `docker run` in a step.",
        "services": "Start what the steps need in a step.",
    },
    ignored={
        "permissions": "it is about GitHub's token",
        "environment": "use `approval` to ask a person first",
        "secrets": "secrets are named in Mosaic's configuration",
    },
)
WORKFLOW = Fields(
    help="A Mosaic workflow.",
    of={
        "name": _text("The workflow's name."),
        "run-name": _text("The name of one run.", contexts=_RUN),
        "on": ON,
        "env": _env(_RUN | {"secrets", "mosaic"}, "Environment of all steps of all jobs."),
        "defaults": _DEFAULTS,
        "jobs": Table(of=JOB, pattern=NAME, least=1, help="The jobs, by name."),
    },
    required=("jobs",),
    unsupported={"concurrency": "Put it on the jobs that must not run together."},
    ignored={"permissions": "it is about GitHub's token"},
)
