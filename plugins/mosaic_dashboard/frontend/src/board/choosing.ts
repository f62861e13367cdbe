/** Choosing cards: one by one with Ctrl, from one to another with Shift. */
import type { Card } from "./deck";
import { indexOf } from "./order";
import type { Model } from "./model";

export function cellOf(model: Model, card: Card): readonly Card[] {
  return model.deck.lane(card.lane)?.cells[card.column] ?? [];
}

export function toggle(model: Model, card: Card): void {
  if (!model.selected.delete(card.key)) model.selected.add(card.key);
  model.focus = model.anchor = card.key;
  model.say(`${model.selected.has(card.key) ? "Selected" : "Not selected"}. ${model.selected.size} selected.`);
}

/** Select all from the anchor to this card, where they stand in one column; else this one, too. */
export function extend(model: Model, card: Card): void {
  const anchor = model.deck.cards.get(model.anchor);
  const cell = cellOf(model, card);
  const [from, to] = [anchor ? indexOf(cell, anchor) : -1, indexOf(cell, card)];
  const chosen = from < 0 || to < 0 ? [card] : cell.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const one of chosen) model.selected.add(one.key);
  model.focus = card.key;
  model.say(`${model.selected.size} selected.`);
}
