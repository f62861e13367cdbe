/** Carries moves out: shows at once what is expected, asks for what must be said, and takes back what was refused. */
import { Refused, wordsOf } from "../shell/api";
import type { Task } from "../shell/tasks";
import { ask } from "./asking";
import { columnOf, COLUMNS, ENDED } from "./columns";
import type { Card } from "./deck";
import type { Lift, Model } from "./model";
import { ACT_WORDS, expected, isOrdered, orderOf, refusalOf, requestOf, stepsTo, type Act, type Step } from "./moves";

const AT_ONCE = 6;

export function tasksOf(cards: readonly Card[]): Task[] {
  return cards.flatMap((card) => [...card.leaves.values()]);
}

/** Why cards cannot go to each column; "" where they can. */
export function refusalsOf(cards: readonly Card[], isByTask: boolean): string[] {
  const tasks = tasksOf(cards);
  return COLUMNS.map((_, column) => {
    if (stepsTo(tasks, column).length) return "";
    const isHere = cards.every((card) => card.column === column);
    if (isHere && isOrdered(column)) {
      return isByTask ? "" : "Only tasks have an order. Choose tasks as cards.";
    }
    const first = tasks[0];
    return first ? refusalOf(first, column) : "There is nothing to move.";
  });
}

/** Carry out what was dropped; `lane` is the one that its index is in. */
export async function drop(model: Model, lift: Lift, lane: string): Promise<void> {
  const refusal = lift.refusals[lift.over];
  if (refusal) {
    return model.context.toast(`Not moved. ${refusal}`);
  }
  const tasks = tasksOf(lift.cards);
  const steps = stepsTo(tasks, lift.over);
  const staysHere = isOrdered(lift.over) && lift.cards.every((card) => card.task && card.column === lift.over);
  if (steps.length && !(await carryOut(model, steps))) return;
  if (staysHere) await reorder(model, lift, lane);
}

/** Carry out steps; answers whether it was done, and not put off by who was asked. */
export async function carryOut(model: Model, steps: readonly Step[]): Promise<boolean> {
  const words = await wordsFor(steps);
  if (words === null) {
    model.say("Nothing was done.");
    return false;
  }
  model.expect(new Map(steps.map(({ task, act }) => [task.task_id, expected(act)])));
  const failures: string[] = [];
  const waiting = [...steps];
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const { operation, input } = requestOf(step, words);
      const failure = await attempt(model, step.task, operation, input);
      if (failure) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, steps.length) }, work));
  tellOf(model, summary(steps), steps.length, failures);
  return failures.length < steps.length;
}

async function reorder(model: Model, lift: Lift, lane: string): Promise<void> {
  const moved = new Set(lift.cards);
  const cell = model.deck.lane(lane)?.cells[lift.over] ?? [];
  const next = cell.slice(lift.index).find((card) => !moved.has(card))?.task ?? undefined;
  const last = next ? undefined : (cell.filter((card) => !moved.has(card)).at(-1)?.task ?? undefined);
  if (isInPlace(lift.cards, cell, next)) return;
  const failures: string[] = [];
  let behind = last;
  for (const { task } of lift.cards) {
    const order = task && orderOf(task, next, behind);
    if (!task || !order) continue;
    if (behind) behind = { ...task, priority: order.priority };
    model.expect(new Map([[task.task_id, { priority: order.priority }]]));
    const failure = await attempt(model, task, "task.prioritize", order.input);
    if (failure) failures.push(failure);
  }
  if (failures.length) return tellOf(model, "", lift.cards.length, failures);
  const other = next && (await whatIsBetween(model, lift.cards.at(-1)?.task, cell.slice(0, lift.index).filter((card) => !moved.has(card)).at(-1)?.task));
  if (other) {
    const said = `It goes before “${titleOf(next)}”, but not just before it: “${titleOf(other)}” stays between them, since of equals that are not ready the older goes first.`;
    return model.context.toast(said);
  }
  model.say(next ? `Moved before ${next.title || next.task_id}.` : "Moved to the end.");
}

/** What stood just before the place, if it does not go before the moved task now: only ready tasks make way. */
async function whatIsBetween(model: Model, task: Task | null | undefined, other: Task | null | undefined): Promise<Task | undefined> {
  if (!task || !other) return undefined;
  const shown = await Promise.all(
    [task, other].map(({ run_id, task_id }) => model.context.call<{ task: Task }>("task.show", { run_id, task_id })),
  ).catch(() => []);
  const [moved, stood] = shown.map((one) => one.task);
  if (!moved || !stood) return undefined;
  const isFirst = moved.priority > stood.priority || (moved.priority === stood.priority && moved.position < stood.position);
  return isFirst ? stood : undefined;
}

function titleOf(task: Task): string {
  return task.title || task.task_id;
}

function isInPlace(cards: readonly Card[], cell: readonly Card[], next: Task | undefined): boolean {
  const end = next ? cell.findIndex((card) => card.task === next) : cell.length;
  return cards.every((card, index) => cell[end - cards.length + index] === card);
}

async function attempt(model: Model, task: Task, operation: string, input: object): Promise<string> {
  try {
    const now = await model.context.call<Task>(operation, input);
    if (operation !== "task.retry" || columnOf(now.state) !== ENDED) {
      model.settle(task.task_id);
      return "";
    }
    // What is tried again may end at once, since what it needs has ended, too.
    model.forget([task.task_id]);
    return `“${now.title || now.task_id}” is ${now.state} again: ${now.reason || now.cause}.`;
  } catch (error) {
    model.forget([task.task_id]);
    if (!(error instanceof Refused)) throw error;
    return wordsOf(error);
  }
}

/** Tell what has come of it, once: what is shown for a while is read aloud, too. */
function tellOf(model: Model, done: string, count: number, failures: readonly string[]): void {
  if (!failures.length) {
    return model.context.toast(`${done}.`, "good");
  }
  const which = count === 1 ? "" : `${failures.length} of ${count} were not moved. `;
  model.context.toast(`${which}${failures[0]} Put back.`, "bad");
}

function summary(steps: readonly Step[]): string {
  const counts = new Map<Act, number>();
  for (const { act } of steps) counts.set(act, (counts.get(act) ?? 0) + 1);
  const one = steps.length === 1 ? steps[0]!.task.title || steps[0]!.task.task_id : "";
  return [...counts].map(([act, count]) => `${one || count} ${ACT_WORDS[act].past}`).join(", ");
}

/** What must be said with it: a reason, a comment; null: it shall not be done. */
async function wordsFor(steps: readonly Step[]): Promise<string | null> {
  const acts = new Set(steps.map((step) => step.act));
  const [denies, cancels] = [acts.has("deny"), acts.has("cancel")];
  if (!denies && !cancels) return "";
  const titles = steps.map(({ task }) => task.title || task.task_id);
  const what = steps.length === 1 ? `“${titles[0]}”` : `${steps.length} tasks`;
  const word = denies && cancels ? "End" : denies ? "Deny" : "Cancel";
  return ask({
    title: `${word} ${what}?`,
    text: cancels
      ? "Attempts in flight are stopped. What needs it cannot go on, either, until you try it again."
      : "A denied task has failed. What needs it cannot go on.",
    items: steps.length > 1 ? titles : [],
    field: denies && !cancels ? "Comment" : "Reason",
    button: steps.length === 1 ? `${word} it` : `${word} ${steps.length} tasks`,
  });
}
