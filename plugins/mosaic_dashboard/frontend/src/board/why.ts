/** Why a task is where it is, in a line: as far as its view and its neighbours tell. Pure. */
import type { Task } from "../shell/tasks";

const ENDED = new Set(["failed", "cancelled", "skipped"]);

/** Return the line; "" if there is nothing to say. */
export function whyOf(task: Task, tasks: ReadonlyMap<string, Task>, now: number): string {
  if (task.state === "blocked") return waitsFor(task, tasks);
  if (task.state === "gated") return task.approval;
  if (task.state === "delayed") return again(task, now);
  if (ENDED.has(task.state)) return task.reason || causeOf(task, tasks);
  if (task.state === "merging") return "being published";
  if (task.state === "reported") return "its checks run";
  return "";
}

function waitsFor(task: Task, tasks: ReadonlyMap<string, Task>): string {
  const open = task.needs.map((id) => tasks.get(id)).filter((need) => need && need.state !== "accepted") as Task[];
  // One that has failed goes first: it is what must be dealt with.
  const first = open.find((need) => ENDED.has(need.state)) ?? open[0];
  if (!first) return task.unmet ? `waits for ${task.unmet} more` : "";
  const more = Math.max(open.length, task.unmet) - 1;
  const word = ENDED.has(first.state) ? `, which is ${first.state}` : "";
  return `waits for ${first.title || first.task_id}${word}${more > 0 ? ` and ${more} more` : ""}`;
}

function again(task: Task, now: number): string {
  const seconds = task.not_before === null ? 0 : Math.ceil((task.not_before - now) / 1000);
  const when = seconds <= 1 ? "now" : seconds < 90 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`;
  return `tries again ${when}${task.reason ? `: ${task.reason}` : ""}`;
}

function causeOf(task: Task, tasks: ReadonlyMap<string, Task>): string {
  const cause = task.cause ? tasks.get(task.cause) : undefined;
  return cause ? `because of ${cause.title || cause.task_id}` : task.cause;
}

/** How long an attempt has been going on. */
export function runningWords(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
