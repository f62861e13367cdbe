"""What a scripted model is asked, and what it answers: the same for every wire."""

import uuid

import attrs

INPUT_TOKENS = 100
OUTPUT_TOKENS = 20


@attrs.frozen(kw_only=True)
class Turn:
    """One request to the model.

    `wire` is ``chat`` (OpenAI chat completions), ``responses`` (OpenAI responses) or ``messages`` (Anthropic).
    `messages` are pairs of role (``user``, ``assistant``, ``tool``) and text; `tools` the names of the tools on
    offer; `results` the texts of the tools' results so far, oldest first. `index` counts the requests of all
    conversations with this model, from 0. `body` is the request as it came, `headers` are in lower case.
    """

    wire: str
    model: str = ""
    system: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    tools: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    index: int = 0
    is_streaming: bool = False
    body: dict = attrs.field(factory=dict)
    headers: dict = attrs.field(factory=dict)

    @property
    def text(self):
        """All that people and programs said in this conversation, the system prompt included."""
        return "\n".join([self.system, *(text for role, text in self.messages if role == "user")])


@attrs.frozen(kw_only=True)
class Answer:
    """What the model says. `calls` are pairs of a tool's name and its arguments (a text goes out as it is).

    `status` other than 200 is an error with `text` as its message. `raw` is sent in place of any answer. With
    `is_cut` the connection breaks in the middle of the answer. `stopped` is ``length`` or ``refused``, or "".
    """

    text: str = ""
    calls: tuple = ()
    stopped: str = ""
    input_tokens: int = INPUT_TOKENS
    output_tokens: int = OUTPUT_TOKENS
    cached_tokens: int = 0
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: str | None = None
    is_cut: bool = False


def say(text, **more):
    """Answer with a text; `more` are fields of `Answer`."""
    return Answer(text=text, **more)


def use(tool, arguments=None, text="", **more):
    """Ask for a tool; `text` is said before."""
    return Answer(text=text, calls=((tool, {} if arguments is None else arguments),), **more)


def fail(status, text="the scripted model fails", **headers):
    """Answer with an HTTP error; headers such as ``retry_after="1"`` go with it."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status=status, text=text, headers=named)


def steps(*answers):
    """Return a script that gives these answers one after the other, told apart by the tool results so far.

    The last is given again and again. Requests without tools, as programs make for titles, get a short text. An
    answer may be a function of the turn.
    """

    def script(turn):
        if not turn.tools:
            return say("A title")
        answer = answers[min(len(turn.results), len(answers) - 1)]
        return answer(turn) if callable(answer) else answer

    return script


def new_id(kind):
    """Return an identifier as the wires have them."""
    return f"{kind}_{uuid.uuid4().hex[:20]}"
