"""Group commit: what is queued is carried out in one transaction, which is written or not as a whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import outcome

from mosaic_hookspecs.errors import IntegrityError, MosaicError

from .jobs import Answer, Job, fail_all
from .session import Session
from .sqlite import translate, unstorable


class HalfWritten(Exception):
    """A command was refused after its first event: the transaction is to be taken back, and the job,
    which has noted which command that was, carried out again without it.
    """


class Writer:
    """Carries out batches of jobs on the one session that writes. Runs in its thread.

    Args:
        session: over the connection that writes.
        path: what errors call the store.
        notify: called after each transaction that has added to the log.
    """

    def __init__(self, session: Session, path: str, notify: Callable[[], None]) -> None:
        self._session = session
        self._path = path
        self._notify = notify

    def carry_out(self, jobs: Sequence[Job[Session]]) -> Sequence[Answer]:
        """Answer every job, once what it did is durable.

        If the transaction fails as a whole, each job gets the error; but where one job is to blame,
        the others are carried out without it.
        """
        if jobs[0].is_alone:
            return [self._alone(jobs[0])]
        try:
            return self._together(jobs)
        except (OSError, IntegrityError) as error:
            return fail_all(error, len(jobs))
        except HalfWritten:
            if len(jobs) == 1:
                return self.carry_out(jobs)
        except Exception as error:  # noqa: BLE001 - a job's own mistake is that job's answer
            if len(jobs) == 1:
                return [outcome.Error(error)]
        answers: list[Answer] = []
        for job in jobs:
            answers.extend(self.carry_out([job]))
        return answers

    def _together(self, jobs: Sequence[Job[Session]]) -> list[Answer]:
        session = self._session
        answers: list[Answer] = []
        try:
            session.begin()
            before = session.head
            for job in jobs:
                try:
                    answers.append(outcome.Value(job.work(session)))
                except MosaicError as error:  # refused before it wrote anything
                    answers.append(outcome.Error(error))
            session.commit()
            has_grown = session.head != before
        except BaseException as error:
            self._roll_back()
            raise self._understood(error) from error
        if has_grown:
            self._notify()
        return answers

    def _alone(self, job: Job[Session]) -> Answer:
        try:
            value = job.work(self._session)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._roll_back()
            return outcome.Error(self._understood(error))
        self._session.forget()
        self._notify()
        return outcome.Value(value)

    def _roll_back(self) -> None:
        try:
            self._session.roll_back()
        except sqlite3.Error:
            return  # the transaction is gone already: some errors end it by themselves

    def _understood(self, error: BaseException) -> BaseException:
        if isinstance(error, sqlite3.Error):
            return translate(error, self._path) or error
        if isinstance(error, (OverflowError, UnicodeEncodeError)):
            return unstorable(error)
        return error
