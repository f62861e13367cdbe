"""What an attempt prints, from any place on, and live until it has ended.

The files of the log are the truth, whoever writes them. Notices on the bus say when to look where this process
drives, the system where another does (`growth`), and events of the log in both cases.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import trio

from mosaic_hookspecs.context import Bus, Notice
from mosaic_hookspecs.errors import MosaicError, NotFound
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import TaskRecord

from .growth import Growth, growth_of
from .holder import is_here
from .journal import TOPIC
from .live_log import missing_words
from .log_pieces import read_piece
from .pace import Pace
from .reading import Reading
from .views import OutputPiece

MOST_BYTES = 64 * 1024


async def follow_output(  # noqa: PLR0913 - whose output, and from where
    reading: Reading, bus: Bus, *, run_id: str, task_id: str, token: int, offset: int
) -> AsyncGenerator[OutputPiece, None]:
    """Yield the output of an attempt (0: the newest, or the first if there is none yet) from `offset` on;
    return when it has ended, and all was told.

    Raises:
        NotFound: there is no such run, task or attempt.
    """
    storage, pace = reading.storage, Pace()
    run, record, _ = await reading.find_task(run_id, task_id)
    if token > record.token:
        raise _no_attempt(record, token)
    directory = reading.log_directory(run.run_id, task_id)
    log: _Log | None = None
    growth: Growth | None = None
    async with AsyncExitStack() as signs:
        notices = await signs.enter_async_context(bus.subscribe(TOPIC, capacity=1))
        while True:
            head = await storage.head()
            record = await storage.task(run.run_id, task_id) or record
            token = token or record.token
            is_over = _is_over(record, token)
            if token:
                if log is None:
                    log = _Log(directory, token, offset)
                    if not is_over and not is_here(record.holder):
                        growth = signs.enter_context(growth_of(directory))
                piece = log.next(is_over=is_over)
                if piece is not None:
                    yield piece
                    if not log.is_behind:
                        await pace.turn()
                    continue
            if is_over:
                return
            await _change(storage, head, notices, (run.run_id, task_id, token), growth)
            await pace.turn()


def _is_over(record: TaskRecord, token: int) -> bool:
    return record.token != token or not record.state.is_held if token else record.state.is_final


async def _change(
    storage: Storage,
    head: int,
    notices: AsyncIterator[Notice],
    key: tuple[str, str, int],
    growth: Growth | None,
) -> None:
    """Wait until the attempt may have printed something, or ended."""
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_heard, notices, key, nursery.cancel_scope)
        if growth is not None:
            nursery.start_soon(_grown, growth, nursery.cancel_scope)
        try:
            await storage.wait(head)
        except (MosaicError, OSError) as error:  # outside, lest it be wrapped in a group
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _heard(notices: AsyncIterator[Notice], key: tuple[str, str, int], scope: trio.CancelScope) -> None:
    async for notice in notices:
        if notice.topic != TOPIC or notice.body[:3] == key:  # another topic: some were missed
            break
    scope.cancel()


async def _grown(growth: Growth, scope: trio.CancelScope) -> None:
    await growth.wait()
    scope.cancel()


class _Log:
    """A log that is read on, as text; a piece ends between two characters. `is_behind` says that there may be
    more at once.
    """

    def __init__(self, directory: Path, token: int, offset: int) -> None:
        self._directory = directory
        self._token = token
        self._place = offset
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.is_behind = False

    def next(self, *, is_over: bool) -> OutputPiece | None:
        """Return the next piece; None if there is none by now. Once the log `is_over`, the last one is what is
        left of a character that was begun at the very end.
        """
        text = ""
        while not text:
            piece = read_piece(self._directory, self._token, self._place, MOST_BYTES)
            self._place = piece.end
            self.is_behind = len(piece.data) == MOST_BYTES or bool(piece.missing)
            if piece.missing:
                text = self._decoder.decode(b"", final=True) + missing_words(piece.missing)
                self._decoder.reset()
            text += self._decoder.decode(piece.data, final=is_over and not piece.data)
            if not piece.data:
                break
        if not text:
            return None
        begun, _ = self._decoder.getstate()
        return OutputPiece(token=self._token, offset=self._place - len(begun), text=text)


def _no_attempt(record: TaskRecord, token: int) -> NotFound:
    return NotFound(
        "no-attempt",
        f"task {record.task_id!r} has had no attempt {token}",
        where="token",
        expected=f"at most {record.token}" if record.token else "0, since none was made yet",
        got=str(token),
        hint=f"`mosaic show {record.task_id}` lists them; 0 is the newest.",
    )
