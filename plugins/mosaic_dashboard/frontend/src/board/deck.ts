/**
 * The cards, by lane and column, kept as tasks change: a change costs what it changes, never a grouping of all.
 *
 * Owns which task is in which card, and where each card stands. Pure: knows nothing of how it is drawn.
 */
import type { Task } from "../shell/tasks";
import { COLUMNS, columnOf, columnOfCounts } from "./columns";
import { idAt, pathTo } from "./levels";
import { compare, insert, placeOf, remove, type Placed } from "./order";
import { agentOf, type View } from "./view";

export interface Card extends Placed {
  key: string;
  lane: string;
  column: number;
  /** The task, where the card is one. */
  task: Task | null;
  /** What a card of many is called, where it lies, and its tasks. */
  title: string;
  id: string;
  within: string;
  leaves: Map<string, Task>;
  counts: number[];
  /** Grows with each change, so that what is drawn knows. */
  stamp: number;
}

export interface Lane {
  key: string;
  title: string;
  order: number;
  cells: Card[][];
  counts: number[];
  total: number;
  stamp: number;
}

interface Leaf {
  task: Task;
  column: number;
  arrival: number;
  card: Card | null;
}

const NOWHERE = Number.MAX_SAFE_INTEGER;
const zeros = () => COLUMNS.map(() => 0);

export class Deck {
  readonly lanes: Lane[] = [];
  readonly cards = new Map<string, Card>();
  private readonly byKey = new Map<string, Lane>();
  private readonly leaves = new Map<string, Leaf>();
  private isFilling = false;
  private arrivals = 0;

  /** `before` are the cards that this deck takes the place of: how things came to stand there is kept. */
  constructor(private readonly view: View, private readonly isShown: (task: Task) => boolean, before?: Deck) {
    this.arrivals = before?.arrivals ?? 0;
    for (const [id, leaf] of before?.leaves ?? []) if (leaf.arrival) this.leaves.set(id, { ...leaf, card: null });
  }

  /** Take many tasks at once: sorted once, at the end. */
  fill(tasks: Iterable<Task>): void {
    this.isFilling = true;
    for (const task of tasks) this.put(task, false);
    this.isFilling = false;
    for (const lane of this.lanes) for (const cell of lane.cells) cell.sort(compare);
    this.lanes.sort((one, other) => one.order - other.order || one.title.localeCompare(other.title));
  }

  /** Take a task as it is now. `isNews`: it may just have moved. */
  put(task: Task, isNews = true): void {
    const column = columnOf(task.state);
    const old = this.leaves.get(task.task_id);
    const hasMoved = isNews && old !== undefined && old.column !== column;
    const leaf: Leaf = { task, column, arrival: hasMoved ? ++this.arrivals : (old?.arrival ?? 0), card: null };
    this.leaves.set(task.task_id, leaf);
    const place = this.isShown(task) ? this.placeFor(task) : null;
    const stays = old?.card && place && old.card.key === place.key && old.card.lane === place.lane;
    if (old?.card && !stays) this.leave(old.card, old);
    if (!place) return;
    leaf.card = stays ? old.card : this.join(place, task);
    this.update(leaf.card!, leaf, stays ? old : null);
  }

  lane(key: string): Lane | undefined {
    return this.byKey.get(key);
  }

  /** How many cards stand in each column. */
  totals(): number[] {
    const totals = zeros();
    for (const lane of this.lanes) lane.cells.forEach((cell, column) => (totals[column]! += cell.length));
    return totals;
  }

  private placeFor(task: Task): { key: string; lane: string; group: string } {
    const lane = this.laneOf(task);
    const group = this.view.level < 0 ? "" : pathTo(task.path, this.view.level);
    return { key: group ? `${lane}\n${group}` : task.task_id, lane, group };
  }

  private laneOf(task: Task): string {
    const { lanes } = this.view;
    if (lanes === "agent") return agentOf(task);
    if (lanes === "label") return task.labels[0] ?? "";
    return lanes ? pathTo(task.path, Number(lanes)) : "";
  }

  private join(place: { key: string; lane: string; group: string }, task: Task): Card {
    const known = this.cards.get(place.key);
    if (known) return known;
    const card: Card = {
      key: place.key,
      lane: place.lane,
      column: -1,
      task: place.group ? null : task,
      title: place.group ? task.path[this.view.level]! : "",
      id: place.group ? idAt(task.task_id, this.view.level) : "",
      within: place.group,
      leaves: new Map(),
      counts: zeros(),
      rank: 0,
      tie: NOWHERE,
      stamp: 0,
    };
    this.cards.set(card.key, card);
    return card;
  }

  private update(card: Card, leaf: Leaf, old: Leaf | null): void {
    const lane = this.laneFor(card.lane, leaf.task);
    if (old) this.count(card, lane, old.column, -1);
    this.count(card, lane, leaf.column, 1);
    card.leaves.set(leaf.task.task_id, leaf.task);
    if (card.task) {
      card.task = leaf.task;
      this.stand(card, lane, leaf.column, placeOf(leaf.task, leaf.column, leaf.arrival));
    } else {
      const tie = Math.min(card.tie, leaf.task.position);
      this.stand(card, lane, columnOfCounts(card.counts), { rank: 0, tie });
    }
  }

  private leave(card: Card, leaf: Leaf): void {
    const lane = this.byKey.get(card.lane)!;
    this.count(card, lane, leaf.column, -1);
    card.leaves.delete(leaf.task.task_id);
    if (card.leaves.size) return this.stand(card, lane, columnOfCounts(card.counts), card);
    if (card.column >= 0) remove(lane.cells[card.column]!, card);
    this.cards.delete(card.key);
    if (lane.total) return;
    this.byKey.delete(lane.key);
    this.lanes.splice(this.lanes.indexOf(lane), 1);
  }

  private count(card: Card, lane: Lane, column: number, change: number): void {
    card.counts[column]! += change;
    lane.counts[column]! += change;
    lane.total += change;
    lane.stamp++;
  }

  private stand(card: Card, lane: Lane, column: number, place: Placed): void {
    card.stamp++;
    lane.stamp++;
    const { rank, tie } = place;
    if (card.column === column && card.rank === rank && card.tie === tie) return;
    if (card.column >= 0 && !this.isFilling) remove(lane.cells[card.column]!, card);
    const isNew = card.column < 0;
    const [from, cells] = [card.column, lane.cells];
    Object.assign(card, { column, rank, tie });
    if (!this.isFilling) return insert(cells[column]!, card);
    if (!isNew && from === column) return;
    if (!isNew) cells[from]!.splice(cells[from]!.indexOf(card), 1);
    cells[column]!.push(card);
  }

  private laneFor(key: string, task: Task): Lane {
    const known = this.byKey.get(key);
    if (known) return known;
    const isPath = /^\d$/.test(this.view.lanes);
    const title = isPath && key ? task.path[Number(this.view.lanes)]! : key;
    const order = key ? (isPath ? task.position : 0) : NOWHERE;
    const lane: Lane = { key, title, order, cells: COLUMNS.map(() => []), counts: zeros(), total: 0, stamp: 0 };
    this.byKey.set(key, lane);
    this.lanes.push(lane);
    if (!this.isFilling) this.lanes.sort((one, other) => one.order - other.order || one.title.localeCompare(other.title));
    return lane;
  }
}
