"""The engine's operations, as every door offers them: thin, typed, and without rules of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import attrs

from mosaic_hookspecs import commands as c
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from . import inputs as i
from . import views as v
from .active import active_tasks
from .create import compile_run
from .engine import Engine
from .finding import find_row
from .following import follow_tasks
from .here import Here
from .history import event_view, history_of
from .output import follow_output
from .prioritizing import prioritize_row
from .reading import Reading
from .schedule import schedule_row
from .waiting import why_foremost, why_run


class Desk:
    """The handlers of the operations."""

    def __init__(self, context: Context, engine: Engine) -> None:
        self._context = context
        self._engine = engine
        self._reading = Reading(Here(context, engine))

    async def create_run(self, request: i.CreateRun, call: Call) -> v.RunView:
        """Make a run of a target or a goal."""
        run, tasks = await compile_run(self._context, request)
        await self._engine.create(run, tasks, by=call.principal.name)
        return await self._reading.run_view(run.run_id)

    async def drive_run(self, request: i.DriveRun, call: Call) -> v.RunView:
        """Work on a run; on every run until cancelled, and then tell of the newest."""
        await self._engine.drive(request.run_id, is_stopgap=call.principal.kind == "plugin")
        return await self._reading.run_view(request.run_id)

    async def list_runs(self, request: i.ListRuns, call: Call) -> v.RunList:
        """List runs."""
        return v.RunList(items=await self._reading.runs(request.limit, request.before))

    async def show_run(self, request: i.ShowRun, call: Call) -> v.RunView:
        """Show a run."""
        return await self._reading.run_view(request.run_id)

    async def pause_run(self, request: i.StopRun, call: Call) -> v.RunView:
        """Pause a run."""
        return await self._order_run(c.PauseRun(run_id=request.run_id, reason=request.reason), call)

    async def exhaust_run(self, request: i.StopRun, call: Call) -> v.RunView:
        """Stop a run, because a budget around it is spent."""
        return await self._order_run(c.ExhaustRun(run_id=request.run_id, reason=request.reason), call)

    async def resume_run(self, request: i.ContinueRun, call: Call) -> v.RunView:
        """Resume a run."""
        return await self._order_run(c.ResumeRun(run_id=request.run_id, budget=request.budget), call)

    async def cancel_run(self, request: i.StopRun, call: Call) -> v.RunView:
        """Cancel a run."""
        return await self._order_run(c.CancelRun(run_id=request.run_id, reason=request.reason), call)

    async def list_tasks(self, request: i.ListTasks, call: Call) -> v.TaskList:
        """List tasks."""
        found = await self._reading.tasks(request.run_id, request.states, request.after, request.limit)
        return v.TaskList(items=found)

    async def show_task(self, request: i.NameTask, call: Call) -> v.TaskDetail:
        """Show a task."""
        return await self._reading.detail(request.run_id, request.task_id)

    async def why_task(self, request: i.NameTask, call: Call) -> v.WhyView:
        """Say why a task is where it is."""
        return await self._reading.why(request.run_id, request.task_id)

    async def logs_task(self, request: i.ReadLogs, call: Call) -> v.LogsView:
        """Read an attempt's output."""
        return await self._reading.logs(request.run_id, request.task_id, request.token)

    async def history_of_task(self, request: i.ListHistory, call: Call) -> v.TaskHistory:
        """List a task's events."""
        _, record, _ = await self._reading.find_task(request.run_id, request.task_id)
        return await history_of(self._engine.storage, record, request)

    async def active_tasks(self, request: i.ListActive, call: Call) -> v.ActiveTasks:
        """List what is being worked on."""
        return await active_tasks(self._reading, request.run_id, request.limit)

    async def why_run(self, request: i.AskWhy, call: Call) -> v.WhyRunView:
        """Say what waits in a run, and why."""
        if not request.run_id:
            return await why_foremost(self._reading)
        return await why_run(self._reading, await self._reading.find_run(request.run_id))

    async def approve_task(self, request: i.ApproveTask, call: Call) -> v.TaskView:
        """Answer an approval gate."""
        extra = {"is_granted": request.is_granted, "comment": request.comment}
        return await self._order_task(c.Approve, request, call, **extra)

    async def retry_task(self, request: i.NameTask, call: Call) -> v.TaskView:
        """Try a task again."""
        return await self._order_task(c.RetryTask, request, call)

    async def cancel_task(self, request: i.StopTask, call: Call) -> v.TaskView:
        """Cancel a task."""
        return await self._order_task(c.CancelTask, request, call, reason=request.reason)

    async def follow_events(self, request: i.FollowEvents, call: Call) -> AsyncIterator[v.EventView]:
        """Follow the log."""
        async with aclosing(self._reading.follow(request.after, request.run_id)) as events:
            async for event in events:
                yield event_view(event)

    async def follow_tasks(self, request: i.FollowTasks, call: Call) -> AsyncIterator[v.TaskBatch]:
        """Follow the tasks of a run."""
        async with aclosing(follow_tasks(self._reading, request.run_id, request.after)) as batches:
            async for batch in batches:
                yield batch

    async def follow_output(self, request: i.FollowOutput, call: Call) -> AsyncIterator[v.OutputPiece]:
        """Follow what an attempt prints."""
        pieces = follow_output(
            self._reading,
            self._context.bus,
            run_id=request.run_id,
            task_id=request.task_id,
            token=request.token,
            offset=request.offset,
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def _order_run(self, command: Any, call: Call) -> v.RunView:
        await self._engine.command(command, by=call.principal.name)
        return await self._reading.run_view(command.run_id)

    async def _order_task(self, kind: type[Any], request: Any, call: Call, **extra: Any) -> v.TaskView:
        run, _, _ = await self._reading.find_task(request.run_id, request.task_id)
        command = kind(run_id=run.run_id, task_id=request.task_id, **extra)
        await self._engine.command(command, by=call.principal.name)
        return await self._reading.task_view(run.run_id, request.task_id)


def operations(context: Context, engine: Engine) -> Sequence[Operation]:
    """Declare the engine's operations."""
    desk = Desk(context, engine)
    here = Here(context, engine)
    query, command, stream = OperationKind.QUERY, OperationKind.COMMAND, OperationKind.STREAM
    # Agents of attempts have task:read: what is there for those who watch a run, and not to do a task, asks for
    # run:read.
    rows: tuple[OperationRow, ...] = (
        ("run.create", command, i.CreateRun, v.RunView, desk.create_run, "run:write",
         "Make a run of a workflow, plan, PRD or goal; nothing is driven yet."),
        ("run.drive", command, i.DriveRun, v.RunView, desk.drive_run, "run:drive",
         "Work on a run until it is final or waits for a person or another agent."),
        ("run.list", query, i.ListRuns, v.RunList, desk.list_runs, "run:read", "List runs, newest first."),
        ("run.show", query, i.ShowRun, v.RunView, desk.show_run, "run:read", "Show how a run stands."),
        ("run.pause", command, i.StopRun, v.RunView, desk.pause_run, "run:write",
         "Start no more attempts of a run; those in flight go on."),
        ("run.exhaust", command, i.StopRun, v.RunView, desk.exhaust_run, "run:write",
         "Stop a run whose surroundings' budget is spent, attempts in flight too; run.resume goes on."),
        ("run.resume", command, i.ContinueRun, v.RunView, desk.resume_run, "run:write",
         "Make a paused, exhausted or cancelled run active again."),
        ("run.cancel", command, i.StopRun, v.RunView, desk.cancel_run, "run:write",
         "End a run; its attempts in flight are stopped."),
        ("task.list", query, i.ListTasks, v.TaskList, desk.list_tasks, "task:read", "List a run's tasks."),
        ("task.show", query, i.NameTask, v.TaskDetail, desk.show_task, "task:read",
         "Show a task with its attempts and their evidence."),
        ("task.why", query, i.NameTask, v.WhyView, desk.why_task, "task:read",
         "Say exactly why a task is not running."),
        ("run.why", query, i.AskWhy, v.WhyRunView, desk.why_run, "run:read",
         "Say what waits in a run and why: what needs a person first."),
        ("task.active", query, i.ListActive, v.ActiveTasks, desk.active_tasks, "run:read",
         "List what is being worked on now, by whom, since when, and what was printed last."),
        ("task.history", query, i.ListHistory, v.TaskHistory, desk.history_of_task, "run:read",
         "List what happened to a task, newest first."),
        ("task.logs", query, i.ReadLogs, v.LogsView, desk.logs_task, "task:read",
         "Read what an attempt and its checks printed."),
        ("task.approve", command, i.ApproveTask, v.TaskView, desk.approve_task, "task:approve",
         "Answer a task's approval gate."),
        ("task.retry", command, i.NameTask, v.TaskView, desk.retry_task, "task:write",
         "Try a failed, skipped, cancelled or delayed task again, now."),
        ("task.cancel", command, i.StopTask, v.TaskView, desk.cancel_task, "task:write",
         "End a task; its attempt in flight is stopped."),
        find_row(here),
        prioritize_row(here, engine),
        schedule_row(here),
        ("event.follow", stream, i.FollowEvents, v.EventView, desk.follow_events, "event:read",
         "Follow the event log from a position, live."),
        ("task.follow", stream, i.FollowTasks, v.TaskBatch, desk.follow_tasks, "run:read",
         "Follow a run's tasks: how those stand that changed, gathered, live."),
        ("task.output", stream, i.FollowOutput, v.OutputPiece, desk.follow_output, "run:read",
         "Follow what an attempt and its checks print, live, until it ends."),
    )  # fmt: skip
    resumes: dict[str, Callable[[Any, Any], Any]] = {
        "event.follow": _after,
        "task.follow": _after_batch,
        "task.output": _after_piece,
    }
    return operations_of(rows, moves=("run.drive",), resumes=resumes)


def _after(request: i.FollowEvents, event: v.EventView) -> i.FollowEvents:
    return attrs.evolve(request, after=event.sequence)


def _after_batch(request: i.FollowTasks, batch: v.TaskBatch) -> i.FollowTasks:
    return attrs.evolve(request, after=batch.sequence, run_id=batch.run.run_id)


def _after_piece(request: i.FollowOutput, piece: v.OutputPiece) -> i.FollowOutput:
    return attrs.evolve(request, token=piece.token, offset=piece.offset)
