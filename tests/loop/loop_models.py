"""Models of a test's script without any wire, and what an agent of the loop needs around it."""

from __future__ import annotations

import trio

from mosaic_hookspecs import Assignment, TaskSpec, Unavailable, Usage
from mosaic_hookspecs.models import ModelReply, ToolCall
from mosaic_loop.agent import LoopAgent
from mosaic_loop.configuration import AgentSettings
from mosaic_testing.agents import PlainWorkspace, RecordingJournal


class Model:
    """Answers what a script says: replies, errors, or functions of the request, the last again and again."""

    name = "it"

    def __init__(self, *script):
        self.script = script
        self.requests = []

    async def complete(self, request):
        await trio.lowlevel.checkpoint()
        answer = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def told(self):
        """What the model was answered last, a text each."""
        return [message.text for message in self.requests[-1].messages[1:] if message.role != "assistant"]


class Port:
    """The port `models` with one in it."""

    def __init__(self, model):
        self._model = model

    def get(self, name=""):
        if name != "it":
            raise Unavailable("no-provider", f"there is no model {name!r}")
        return self._model


class Store:
    """Remembers the commands that are applied; stands for its port, too."""

    def __init__(self):
        self.applied = []

    def get(self):
        return self

    async def apply(self, commands, *, by):
        await trio.lowlevel.checkpoint()
        self.applied += [(command, by) for command in commands]
        return [None] * len(commands)


class Context:
    """As much of the kernel as an agent uses; `answers` maps operations to functions of their input."""

    def __init__(self, model, answers=None):
        self._port = Port(model)
        self.answers = {"operations.list": lambda _: Listed(()), **(answers or {})}
        self.dispatched = []
        self.published = []
        self.warnings = []
        self.bus = self
        self.log = self
        self.store = Store()

    def port(self, name):
        return {"models": self._port, "storage": self.store}[name]

    async def dispatch(self, operation, data, principal=None):
        await trio.lowlevel.checkpoint()
        self.dispatched.append((operation, data, principal))
        if operation not in self.answers:
            raise Unavailable("no-operation", f"there is no operation {operation!r}")
        answer = self.answers[operation]
        found = answer(data) if callable(answer) else answer
        if isinstance(found, Exception):
            raise found
        return found

    def publish(self, topic, body):
        self.published.append(topic)

    def warning(self, event, **facts):
        self.warnings.append((event, facts))

    def info(self, event, **facts):
        pass


class Listed:
    """What operations.list answers."""

    def __init__(self, operations):
        self.operations = operations


def use(*calls, text="", stopped="tools", **usage):
    """Ask for tools: pairs of a name and arguments, or whole calls."""
    made = [
        call if isinstance(call, ToolCall) else ToolCall(id=f"c{place}", name=call[0], arguments=call[1])
        for place, call in enumerate(calls)
    ]
    return ModelReply(text=text, calls=made, stopped=stopped, usage=Usage(**(usage or SPENT)))


def say(text, stopped="end"):
    """Answer with text alone."""
    return ModelReply(text=text, stopped=stopped, usage=Usage(**SPENT))


def finish(summary="done", **more):
    """Call finish."""
    return use(("finish", {"summary": summary, **more}))


GONE = Unavailable("model-unavailable", "the model 'it' is overloaded")
SPENT = {"input_tokens": 100, "output_tokens": 10}


def assignment(directory, **fields):
    """Make an attempt at a task in a directory."""
    spec = TaskSpec(task_id="T.1", title="Greet", work={"description": "Write hello.txt."})
    usual = {"run_id": "r", "spec": spec, "token": 1, "attempt": 1, "journal": RecordingJournal()}
    return Assignment(**{**usual, "workspace": PlainWorkspace(directory), "agent": "fast", **fields})


def agent(model, answers=None, **settings):
    """Make an agent over a model; return it and its context."""
    context = Context(model, answers)
    return LoopAgent("fast", AgentSettings(**{"model": "it", **settings}), context), context


async def attempt(directory, *script, answers=None, **settings):
    """Have one attempt made; return its result, the model, and what was written into the journal."""
    model = Model(*script)
    made, _ = agent(model, answers, **settings)
    work = assignment(directory)
    result = await made.run(work)
    return result, model, work.journal
