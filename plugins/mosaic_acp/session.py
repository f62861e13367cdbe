"""One session of protocol version 1, seen from the client: opens it, prompts, and answers what the agent asks.

Owns what version 1 says: nothing else in this package names its methods. A later version is a module beside
this one, with the same public methods.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Denied, InputError

from .confining import Fence
from .files import read_text, write_text
from .gate import Gate, Pass, chosen_option, grants
from .jsonrpc import CANCELLED, DENIED, METHOD_NOT_FOUND, Asked, CallError, Connection
from .patience import Patience
from .rendering import Rendering
from .spending import Spending
from .terminals import Terminals
from .values import items, mapping, number, required, text
from .wishes import Wish, read_wish

VERSION = 1
_MOST_CALLS = 1000
_SAID_OF_CALLS = ("kind", "title", "locations", "content", "rawInput")
_DENIED_ANSWER = {"outcome": {"outcome": "cancelled"}}


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a session works with."""

    fence: Fence
    gate: Gate
    terminals: Terminals
    rendering: Rendering
    spending: Spending
    patience: Patience
    longest_file: int


class Session:
    """The client's end of a session; a `Peer` of its connection."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self.session_id = ""
        self.denial = ""  # what was denied last
        self._is_told_again = False  # an agent that opens a session again tells what was said in it
        self._calls: dict[str, dict[str, Any]] = {}
        self._answers: Mapping[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "session/request_permission": self._permission,
            "fs/read_text_file": self._read,
            "fs/write_text_file": self._write,
            "terminal/create": surroundings.terminals.create,
            "terminal/output": self._output,
            "terminal/wait_for_exit": surroundings.terminals.wait_for_exit,
            "terminal/kill": surroundings.terminals.kill,
            "terminal/release": surroundings.terminals.release,
        }

    async def open(
        self,
        connection: Connection,
        cwd: Path,
        servers: Sequence[Mapping[str, Any]],
        earlier: str,
        beside: Mapping[str, Any],
    ) -> tuple[dict[str, Any], bool]:
        """Open a session, or the `earlier` one again if that goes; return the answer, and which it was. The
        agent is told `beside` the protocol's own.
        """
        place = {"cwd": str(cwd), "mcpServers": list(servers), **({"_meta": dict(beside)} if beside else {})}
        if earlier:
            self.session_id, self._is_told_again = earlier, True
            try:
                return await connection.request("session/load", {**place, "sessionId": earlier}), True
            except CallError as error:
                self._with.rendering.line(f"the earlier session cannot be opened again: {error.message}")
            finally:
                self._is_told_again = False
        answer = await connection.request("session/new", place)
        self.session_id = text(answer, "sessionId")
        return answer, False

    async def choose(self, connection: Connection, answer: Mapping[str, Any], *, mode: str, model: str) -> None:
        """Set the session's mode and model.

        Raises:
            InputError: the agent has no such one; what it has is named.
        """
        for category, wanted in (("mode", mode), ("model", model)):
            if not wanted:
                continue
            known, method, name = _choices(answer, category)
            if not method:
                raise _no_choice(category, wanted, ())
            if wanted not in known:
                raise _no_choice(category, wanted, known)
            choice = {"configId": name, "value": wanted} if name else {f"{category}Id": wanted}
            await connection.request(method, {"sessionId": self.session_id, **choice})

    async def prompt(self, connection: Connection, words: str) -> Asked:
        """Send the prompt; its answer ends the turn."""
        blocks = [{"type": "text", "text": words}]
        return await connection.begin("session/prompt", {"sessionId": self.session_id, "prompt": blocks})

    async def cancel(self, connection: Connection) -> None:
        """Ask the agent to end the turn."""
        connection.is_cancelled = True
        await connection.notify("session/cancel", {"sessionId": self.session_id})

    @property
    def message(self) -> str:
        """The last message of the agent's."""
        return self._with.rendering.message

    def say(self, words: str) -> None:
        """Show a line of Mosaic's own."""
        self._with.rendering.line(words)

    def heard(self) -> None:
        """Note that the agent lives."""
        self._with.patience.heard()

    def noise(self, line: bytes) -> None:
        """Show what is no message."""
        self._with.rendering.noise(line)

    def notified(self, method: str, params: dict[str, Any]) -> None:
        """Take an update of this session; all else is nothing to us."""
        if method != "session/update" or text(params, "sessionId") != self.session_id or self._is_told_again:
            return
        update = mapping(params, "update")
        if text(update, "sessionUpdate") == "usage_update":
            self._with.spending.update(update)
        else:
            self._note(update)
            self._with.rendering.update(update)

    def _note(self, update: Mapping[str, Any]) -> None:
        """Remember what was said of a tool call: a request for permission may only name it."""
        number = text(update, "toolCallId")
        if number:
            if number not in self._calls:
                self._with.spending.called()
            if len(self._calls) >= _MOST_CALLS:
                self._calls.clear()
            said = {name: update[name] for name in _SAID_OF_CALLS if update.get(name)}
            self._calls[number] = {**self._calls.get(number, {}), **said}

    async def answer(self, method: str, params: dict[str, Any]) -> Any:
        """Answer the agent; see `Peer.answer`."""
        handler = self._answers.get(method)
        if handler is None:
            raise CallError(METHOD_NOT_FOUND, f"this client has no method {method}")
        if text(params, "sessionId") != self.session_id:
            raise CallError(DENIED, "this is not the session of this attempt")
        try:
            return await handler(params)
        except Denied as error:
            self._with.rendering.line(f"refused: {error.what} ({error.got})")
            raise CallError(DENIED, str(error)) from error

    def late_answer(self, method: str) -> Any:
        """Answer what comes after the end."""
        if method == "session/request_permission":
            return _DENIED_ANSWER
        raise CallError(CANCELLED, "the attempt was cancelled")

    async def _permission(self, params: dict[str, Any]) -> Any:
        options = [option for option in items(params, "options") if isinstance(option, dict)]
        call = mapping(params, "toolCall")
        wish = read_wish(call, self._calls.get(text(call, "toolCallId"), {}))
        # Where two have the same name, it grants only if both do.
        refusals = {text(option, "name") for option in options if not grants(option)}
        names = {text(option, "name"): text(option, "name") not in refusals for option in options}
        passed = await self._with.gate.let(wish, names)
        self._say(wish, passed)
        option = chosen_option(options, passed)
        if option is None:
            return _DENIED_ANSWER
        return {"outcome": {"outcome": "selected", "optionId": text(option, "optionId")}}

    def _say(self, wish: Wish, passed: Pass) -> None:
        if not passed.is_granted:
            self.denial = f"{wish.title or wish.kind} ({passed.reason})"
        verdict = passed.option or ("granted" if passed.is_granted else "denied")
        self._with.rendering.line(f"{verdict}: {wish.title or wish.kind} ({passed.reason})")

    async def _read(self, params: dict[str, Any]) -> Any:
        path, line, limit = required(params, "path"), number(params, "line"), number(params, "limit")
        fence, longest = self._with.fence, self._with.longest_file
        content = await trio.to_thread.run_sync(read_text, fence, path, line, limit, longest)
        return {"content": content}

    async def _write(self, params: dict[str, Any]) -> Any:
        path, content = required(params, "path"), params.get("content")
        if not isinstance(content, str):
            raise CallError(DENIED, "content is missing, or no text")
        fence, longest = self._with.fence, self._with.longest_file
        fence.refuse_administration(path)
        passed = await self._with.gate.let(Wish(kind="edit", title=f"write {path}", paths=(path,)))
        if not passed.is_granted:
            raise CallError(DENIED, f"this change is refused: {passed.reason}")
        await trio.to_thread.run_sync(write_text, fence, path, content, longest)
        return {}

    async def _output(self, params: dict[str, Any]) -> Any:
        return self._with.terminals.output(params)


def chosen_model(answer: Mapping[str, Any]) -> str:
    """Return the model that a session begins with, by the agent's own name for it; "" if it does not say."""
    for option in items(answer, "configOptions"):
        if text(option, "category") == "model":
            return text(option, "currentValue")
    return text(mapping(answer, "models"), "currentModelId")


def _choices(answer: Mapping[str, Any], category: str) -> tuple[Sequence[str], str, str]:
    """Return what may be chosen, the method that does it, and the option's name ("": the method is its own)."""
    for option in items(answer, "configOptions"):
        if text(option, "category") == category and text(option, "type") == "select":
            return tuple(_values(items(option, "options"))), "session/set_config_option", text(option, "id")
    found = mapping(answer, f"{category}s")
    names = tuple(text(one, f"{key}Id") or text(one, "id") for key in (category,) for one in _available(found))
    return names, f"session/set_{category}" if found else "", ""


def _available(found: Mapping[str, Any]) -> Sequence[Any]:
    return items(found, "availableModes") or items(found, "availableModels")


def _values(options: Sequence[Any]) -> Sequence[str]:
    values: list[str] = []
    for option in options:
        values += [text(option, "value")] if text(option, "value") else _values(items(option, "options"))
    return values


def _no_choice(category: str, wanted: str, known: Sequence[str]) -> InputError:
    return InputError(
        f"no-{category}",
        f"the agent has no {category} of this name",
        where=f"plugins.acp.agents.*.{category}",
        expected=", ".join(known) or f"an agent whose {category} can be set",
        got=wanted,
        hint=f"Correct `{category}`, or leave it out.",
    )
