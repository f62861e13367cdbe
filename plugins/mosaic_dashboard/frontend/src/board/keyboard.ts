/** Keys on a card: arrows go from card to card; Space lifts, arrows move, Enter drops, Escape puts back. */
import { drop, refusalsOf } from "./carrying";
import { cellOf, extend, toggle } from "./choosing";
import { COLUMNS } from "./columns";
import type { Card } from "./deck";
import type { Model } from "./model";
import { isOrdered } from "./moves";
import { indexOf } from "./order";
import { targetWords } from "./column";
import type { KeyWords } from "../shell/api";

/** What the keys on a card do: for the list of keys, and for who hears the page. */
export const KEYS: readonly KeyWords[] = [
  ["← ↑ ↓ →", "go from card to card"],
  ["Home End", "go to the column's first or last card"],
  ["Enter", "open the task"],
  ["i", "look at it beside the board"],
  ["x", "select it"],
  ["Shift ↑ ↓", "select on from here"],
  ["Space", "lift it: arrows move it, Enter drops it, Escape puts it back"],
  ["Esc", "select none, look at none"],
];

export function onKey(model: Model, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-card]")) {
    if (event.key === "Escape" && !event.defaultPrevented && leave(model)) event.preventDefault();
    return;
  }
  const card = model.deck.cards.get(event.target.dataset.card ?? "");
  if (!card) return;
  const isDone = model.lift?.isByKeys ? held(model, event.key) : free(model, card, event);
  if (isDone) event.preventDefault();
}

function free(model: Model, card: Card, event: KeyboardEvent): boolean {
  const { key } = event;
  if (key === " ") return lift(model, card);
  if (key === "Escape") return leave(model);
  if (key === "x") toggle(model, card);
  else if (key === "i" && card.task) {
    model.peek = card.task.task_id;
    model.tell();
  } else {
    const next = neighbour(model, card, key);
    if (!next) return key.startsWith("Arrow") || key === "Home" || key === "End";
    if (event.shiftKey) {
      model.anchor ||= card.key;
      extend(model, next);
    }
    model.focus = next.key;
    model.wantsFocus = true;
    model.tell();
  }
  return true;
}

function leave(model: Model): boolean {
  if (!model.selected.size && !model.peek) return false;
  model.peek = "";
  model.selectNone();
  return true;
}

function lift(model: Model, card: Card): boolean {
  const cards = model.meant(card);
  const refusals = refusalsOf(cards, model.view.level < 0);
  model.lift = { cards, refusals, over: card.column, index: indexOf(cellOf(model, card), card), isByKeys: true };
  const where = COLUMNS.filter((_, column) => column !== card.column && !refusals[column]).map((column) => column.title);
  const order = isOrdered(card.column) && !refusals[card.column] ? " Up and down change its order." : "";
  const what = cards.length === 1 ? nameOf(card) : `${cards.length} cards`;
  const to = where.length ? ` It can go to ${where.join(" and ")}.` : " It can go to no other column.";
  model.say(`Lifted ${what}.${to}${order} Enter drops, Escape puts back.`);
  return true;
}

function held(model: Model, key: string): boolean {
  const hand = model.lift!;
  const card = hand.cards[0]!;
  if (key === "Escape") {
    model.lift = null;
    model.say(`Put back ${nameOf(card)}.`);
  } else if (key === "Enter" || key === " ") {
    model.lift = null;
    model.wantsFocus = true;
    if (hand.over === card.column && !isOrdered(card.column)) model.say(`Put back ${nameOf(card)}.`);
    else void drop(model, hand, card.lane);
    model.tell();
  } else if (key === "ArrowLeft" || key === "ArrowRight") across(model, key === "ArrowLeft" ? -1 : 1);
  else if (key === "ArrowUp" || key === "ArrowDown") along(model, key === "ArrowUp" ? -1 : 1);
  return key !== "Tab";
}

/** On to the next column that takes what is held. */
function across(model: Model, step: number): void {
  const hand = model.lift!;
  const home = hand.cards[0]!.column;
  for (let column = hand.over + step; column >= 0 && column < COLUMNS.length; column += step) {
    if (hand.refusals[column] && column !== home) continue;
    model.lift = { ...hand, over: column };
    document.querySelector(`.board-column[data-column="${column}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return model.say(`${COLUMNS[column]!.title}. ${column === home ? "" : targetWords(model, column)}`);
  }
  const near = COLUMNS[hand.over + step];
  model.say(near ? `Not to ${near.title}. ${hand.refusals[hand.over + step] ?? ""}` : "There is no other column.");
}

function along(model: Model, step: number): void {
  const hand = model.lift!;
  const card = hand.cards[0]!;
  if (hand.over !== card.column || !isOrdered(card.column) || hand.refusals[card.column]) {
    return model.say("Its order cannot be changed here.");
  }
  const cell = cellOf(model, card);
  // Before itself and behind itself are one place.
  const own = indexOf(cell, card);
  let index = Math.max(0, Math.min(cell.length, hand.index + step));
  if (hand.cards.length === 1 && index === own + 1) index = Math.max(0, Math.min(cell.length, step > 0 ? own + 2 : own));
  model.lift = { ...hand, index };
  const next = cell[index];
  model.say(next === card ? "Where it was." : next ? `Before ${nameOf(next)}.` : "At the end.");
}

export function nameOf(card: Card): string {
  return card.task ? card.task.title || card.task.task_id : card.title;
}

function neighbour(model: Model, card: Card, key: string): Card | undefined {
  const cell = cellOf(model, card);
  const index = indexOf(cell, card);
  const wide = model.across[card.column] ?? 1;
  if (key === "Home") return cell[0];
  if (key === "End") return cell.at(-1);
  if (key === "ArrowUp") return cell[index - wide] ?? nextLane(model, card, -1);
  if (key === "ArrowDown") return cell[index + wide] ?? nextLane(model, card, 1);
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  const step = key === "ArrowLeft" ? -1 : 1;
  const isInRow = step < 0 ? index % wide > 0 : index % wide < wide - 1;
  if (isInRow && cell[index + step]) return cell[index + step];
  const row = Math.floor(index / wide);
  const cells = model.deck.lane(card.lane)?.cells ?? [];
  for (let column = card.column + step; column >= 0 && column < COLUMNS.length; column += step) {
    const other = cells[column] ?? [];
    if (!other.length || model.view.columns.includes(COLUMNS[column]!.name)) continue;
    const width = model.across[column] ?? 1;
    return other[Math.min(other.length - 1, row * width + (step < 0 ? width - 1 : 0))];
  }
  return undefined;
}

function nextLane(model: Model, card: Card, step: number): Card | undefined {
  const { lanes } = model.deck;
  for (let at = lanes.findIndex((lane) => lane.key === card.lane) + step; at >= 0 && at < lanes.length; at += step) {
    const cell = lanes[at]!.cells[card.column]!;
    if (cell.length && !model.view.folded.includes(lanes[at]!.key)) return step > 0 ? cell[0] : cell.at(-1);
  }
  return undefined;
}
