"""One run of an agent's program: heard as it goes, and ended when it goes on for too long.

Owns the limits of one attempt, and the deadline that moves with every word. Refuses to judge the work.
"""

from __future__ import annotations

import attrs
import trio

from mosaic_hookspecs.agents import AgentResult
from mosaic_hookspecs.tasks import Budget
from mosaic_hookspecs.workspace import Completed, Directory

from .configuration import AgentSettings
from .launching import Launch
from .listening import Listener
from .preset import Preset
from .story import Story
from .verdict import judge, silent


@attrs.define(eq=False)
class Run:
    """An agent's program at work. `left` is what the whole run may still spend."""

    preset: Preset
    settings: AgentSettings
    story: Story
    left: Budget
    linger_seconds: float
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _latest: float = attrs.field(default=float("inf"), init=False)
    _stopped: str = attrs.field(default="", init=False)
    _done_at: float | None = attrs.field(default=None, init=False)

    async def carry_out(self, launch: Launch, directory: Directory) -> AgentResult:
        """Run the program to its end, or to the end of its patience; cancellation ends it at once."""
        listener = Listener(self.preset.stream, self.story)

        def hear(data: bytes) -> None:
            listener.feed(data)
            self._consider()

        if self.settings.seconds is not None:
            self._latest = trio.current_time() + self.settings.seconds
        self._move_deadline()
        completed: Completed | None = None
        try:
            with self._scope:
                completed = await directory.execute(
                    launch.argv, environment=launch.environment, stdin=launch.stdin, on_output=hear
                )
        finally:
            listener.finish()
            if self.story.has_spoken and not (self.story.failure and self.story.failure.outcome == "released"):
                self.story.tally.settle()
        return self._result(completed)

    def _result(self, completed: Completed | None) -> AgentResult:
        story, settings = self.story, self.settings
        if completed is None and not (self._stopped or story.is_done or story.failure):
            if trio.current_time() < self._latest:
                return silent(story, settings.silence_seconds)
            self._stopped = f"ended after {settings.seconds:g} s, which is its limit (seconds)"
        return judge(self.preset, story, completed, self._stopped)

    def _consider(self) -> None:
        self._stopped = self._stopped or self._over()
        if self._stopped:
            self._scope.cancel()
        self._move_deadline()

    def _move_deadline(self) -> None:
        now = trio.current_time()
        if self.story.is_done:
            # It has its last word; a server of its own that does not end must not hold the task.
            self._done_at = self._done_at or now
            self._scope.deadline = self._done_at + self.linger_seconds
            return
        self._done_at = None
        self._scope.deadline = min(self._latest, now + self.settings.silence_seconds)

    def _over(self) -> str:
        settings, story = self.settings, self.story
        total = story.tally.total
        tokens = total.input_tokens + total.output_tokens
        if total.exceeds(self.left):
            # Told now, the journal has the engine end the attempt.
            story.tally.settle()
        if settings.turns is not None and story.turns > settings.turns:
            return f"ended in turn {story.turns}: {settings.turns} turns are its limit"
        if settings.tokens is not None and tokens > settings.tokens:
            about = "about " if total.is_estimated else ""
            return f"ended after {about}{tokens} tokens: {settings.tokens} are its limit"
        if settings.money is not None and total.money > settings.money:
            return f"ended after ${total.money:.4f}: ${settings.money:g} is its limit"
        return ""
