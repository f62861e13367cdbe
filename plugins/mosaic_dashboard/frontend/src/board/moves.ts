/** What a move on the board means: the operation that carries it out, or why there is none. Pure. */
import type { Task } from "../shell/tasks";
import { COLUMNS, columnOf, DONE, ENDED, NEEDS, READY, VERIFYING, WAITING, WORKING } from "./columns";

export type Act = "approve" | "deny" | "retry" | "cancel";

export interface Step {
  task: Task;
  act: Act;
}

const TO_READY: Record<string, Act> = { gated: "approve", failed: "retry", cancelled: "retry", skipped: "retry", delayed: "retry" };

/** What moving a task to a column does to it; null: nothing can. */
export function actOf(task: Task, column: number): Act | null {
  if (column === READY) return TO_READY[task.state] ?? null;
  if (column !== ENDED) return null;
  if (task.state === "gated") return "deny";
  return columnOf(task.state) === ENDED || task.state === "accepted" || task.state === "merging" ? null : "cancel";
}

/** What moving tasks to a column does: a step for each task that can take it. */
export function stepsTo(tasks: Iterable<Task>, column: number): Step[] {
  const steps: Step[] = [];
  for (const task of tasks) {
    const act = actOf(task, column);
    if (act) steps.push({ task, act });
  }
  return steps;
}

/** Why a task cannot be moved to a column. */
export function refusalOf(task: Task, column: number): string {
  const from = columnOf(task.state);
  if (column === from) return "It stands here already.";
  if (column === WAITING) return "What a task waits for is in the plan.";
  if (column === NEEDS) return "Whether a task asks for approval is in the plan.";
  if (column === WORKING) return "Agents take tasks by themselves: the first of Ready first.";
  if (column === VERIFYING) return "Verified is what an agent has reported.";
  if (column === DONE) return "Accepted is only what was verified. Nobody can move a task here.";
  if (from === DONE) return "What was accepted stays accepted.";
  if (task.state === "merging") return "It is being published, which cannot be stopped any more.";
  if (from === WAITING) return `It waits for ${task.unmet === 1 ? "another task" : `${task.unmet} other tasks`}.`;
  if (from === WORKING || from === VERIFYING) return "It is being worked on. Cancel it first, then try it again.";
  return `It cannot be moved to ${COLUMNS[column]!.title}.`;
}

/** Whether cards of a column have an order that can be changed. */
export function isOrdered(column: number): boolean {
  return column === READY || column === WAITING;
}

export const ACT_WORDS: Record<Act, { label: string; past: string; danger: boolean }> = {
  approve: { label: "Approve", past: "approved", danger: false },
  deny: { label: "Deny", past: "denied", danger: true },
  retry: { label: "Try again", past: "to be tried again", danger: false },
  cancel: { label: "Cancel", past: "cancelled", danger: true },
};

/** The words of doing something to so many tasks. */
export function labelOf(act: Act, count: number): string {
  const { label } = ACT_WORDS[act];
  if (act === "cancel") return count > 1 ? `${label} ${count} tasks` : `${label} the task`;
  return count > 1 ? `${label}: ${count}` : label;
}

/** The operation of a step, and its input. */
export function requestOf({ task, act }: Step, words: string): { operation: string; input: object } {
  const name = { run_id: task.run_id, task_id: task.task_id };
  if (act === "approve") return { operation: "task.approve", input: { ...name, is_granted: true } };
  if (act === "deny") return { operation: "task.approve", input: { ...name, is_granted: false, comment: words } };
  if (act === "retry") return { operation: "task.retry", input: name };
  return { operation: "task.cancel", input: { ...name, reason: words } };
}

/** How the task will stand, shown until its true state is known. */
export function expected(act: Act): Partial<Task> {
  const state = { approve: "ready", deny: "failed", retry: "ready", cancel: "cancelled" }[act];
  return { state };
}

/** The order to ask for so that `task` comes just before `next`, or, where there is no next, behind `last`. */
export function orderOf(task: Task, next: Task | undefined, last: Task | undefined): { input: object; priority: number } | null {
  const name = { run_id: task.run_id, task_id: task.task_id };
  if (next) {
    return { input: { ...name, before: next.task_id }, priority: next.priority + (task.position > next.position ? 1 : 0) };
  }
  if (!last || last === task) return null;
  const priority = last.priority - (task.position < last.position ? 1 : 0);
  return { input: { ...name, priority }, priority };
}
