/** What the board knows, and who is told when it changes: tasks as they are and as they were asked to be, the view,
 *  what is selected, lifted, looked at. Draws nothing. */
import type { Context, Stop } from "../shell/api";
import { TaskStore, type Task } from "../shell/tasks";
import { columnOf, COLUMNS, NEEDS } from "./columns";
import { Deck, type Card } from "./deck";
import { Facets } from "./facets";
import { filterOf, readView, writeView, type View } from "./view";

/** Cards in somebody's hand. */
export interface Lift {
  cards: readonly Card[];
  /** Why they cannot go there, by column; "" where they can. */
  refusals: readonly string[];
  /** Where they are held: a column, and before which of its cards. */
  over: number;
  index: number;
  isByKeys: boolean;
}

export class Model {
  readonly store: TaskStore;
  readonly facets = new Facets();
  view: View;
  deck: Deck;
  readonly selected = new Set<string>();
  /** The card from which a selection is extended. */
  anchor = "";
  /** The card that has, or had, the focus. */
  focus = "";
  lift: Lift | null = null;
  /** Whether the card with the focus is to get it back, wherever it is drawn. */
  wantsFocus = false;
  /** How many cards stand side by side in a column. */
  readonly across = COLUMNS.map(() => 1);
  /** The task that is looked at beside the board. */
  peek = "";
  /** What a screen reader is told. */
  said = "";
  problem = "";
  /** Tasks of which an agent asks a person something. */
  asked: ReadonlySet<string> = new Set();
  private readonly pending = new Map<string, { change: Partial<Task>; view: Task | undefined; isDone: boolean }>();
  private readonly told = new Set<() => void>();
  /** How many times the inbox was asked. */
  private turn = 0;
  private readonly stops: Stop[] = [];

  constructor(readonly context: Context, readonly runId: string) {
    this.view = readView(new URLSearchParams(location.search));
    this.deck = this.newDeck();
    this.store = new TaskStore(context, runId);
  }

  async open(): Promise<void> {
    this.stops.push(this.store.on((changed) => this.take(changed)));
    this.stops.push(this.context.live.on(["inbox."], () => void this.readInbox()));
    void this.readInbox();
    try {
      await this.store.open();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.tell();
  }

  close(): void {
    this.store.close();
    for (const stop of this.stops) stop();
  }

  on(told: () => void): Stop {
    this.told.add(told);
    return () => this.told.delete(told);
  }

  tell(): void {
    for (const told of [...this.told]) told();
  }

  say(words: string): void {
    // The same words twice are two announcements.
    this.said = words === this.said ? `${words}\u00a0` : words;
    this.tell();
  }

  isWaitedFor = (task: Task): boolean => task.state === "gated" || this.asked.has(task.task_id);

  isPending(card: Card): boolean {
    if (!this.pending.size) return false;
    for (const id of card.leaves.keys()) if (this.pending.has(id)) return true;
    return false;
  }

  /** Look at it otherwise: the address follows. */
  look(change: Partial<View>): void {
    const regroups = Object.keys(change).some((key) => key !== "columns" && key !== "folded");
    this.view = { ...this.view, ...change };
    const query = writeView(this.view, new URLSearchParams(location.search)).toString();
    history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}`);
    if (regroups) this.regroup();
    this.tell();
  }

  /** Show tasks as they were asked to be, until they are told of anew. */
  expect(changes: ReadonlyMap<string, Partial<Task>>): void {
    for (const [id, change] of changes) {
      this.pending.set(id, { change, view: this.store.tasks.get(id), isDone: false });
      this.draw(id);
    }
    this.tell();
  }

  /** Nothing came of it. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) if (this.pending.delete(id)) this.draw(id);
    this.tell();
  }

  /** It was done: what is expected holds until the stream tells of it; if it was quicker, or says nothing, no longer. */
  settle(id: string): void {
    const before = this.pending.get(id);
    if (!before) return;
    before.isDone = true;
    if (this.store.tasks.get(id) !== before.view) return this.forget([id]);
    window.setTimeout(() => {
      if (this.pending.get(id) === before) this.forget([id]);
    }, 3000);
  }

  private take(changed: readonly Task[]): void {
    for (const task of changed) {
      this.facets.put(task);
      const expected = this.pending.get(task.task_id);
      // The stream knows better than what was expected, once that was done, or another state or order is told.
      if (expected && (expected.isDone || isOther(expected.view, task))) this.pending.delete(task.task_id);
      this.draw(task.task_id);
    }
    this.tell();
  }

  private draw(id: string): void {
    const task = this.store.tasks.get(id);
    if (task) this.deck.put(this.expectedOf(task));
  }

  private expectedOf(task: Task): Task {
    const expected = this.pending.get(task.task_id);
    return expected ? { ...task, ...expected.change } : task;
  }

  private newDeck(): Deck {
    return new Deck(this.view, filterOf(this.view, this.isWaitedFor), this.deck);
  }

  private regroup(): void {
    this.deck = this.newDeck();
    this.deck.fill(Array.from(this.store.tasks.values(), (task) => this.expectedOf(task)));
    for (const key of this.selected) if (!this.deck.cards.has(key)) this.selected.delete(key);
  }

  private async readInbox(): Promise<void> {
    type Items = { items: { kind: string; task_id: string }[] };
    const turn = ++this.turn;
    const found = await this.context.call<Items>("inbox.list", { run_id: this.runId, limit: 1000 }).catch(() => null);
    // Where nothing answers, what was known still holds; what was asked later tells more.
    if (!found || turn !== this.turn) return;
    // Gates are known by their state; these are questions, permissions, and work that is a person's.
    const asked = new Set(found.items.filter((item) => item.task_id && item.kind !== "gate").map((item) => item.task_id));
    const changed = [...new Set([...asked, ...this.asked])].filter((id) => asked.has(id) !== this.asked.has(id));
    this.asked = asked;
    for (const id of changed) this.draw(id);
    if (changed.length) this.tell();
  }

  selectNone(): void {
    this.selected.clear();
    this.anchor = "";
    this.tell();
  }

  /** The cards that are meant: the selected ones if this is one of them, else it alone. */
  meant(card: Card): readonly Card[] {
    if (!this.selected.has(card.key)) return [card];
    const cards = [...this.selected].map((key) => this.deck.cards.get(key)).filter((one) => one !== undefined);
    return cards.sort((one, other) => one.column - other.column || one.rank - other.rank || one.tie - other.tie);
  }

  /** How many tasks of the run ask for a person. */
  waitingForPerson(): number {
    let count = this.store.run?.counts.gated ?? 0;
    for (const id of this.asked) {
      const task = this.store.tasks.get(id);
      if (task && columnOf(task.state) !== NEEDS) count++;
    }
    return count;
  }
}

function isOther(view: Task | undefined, task: Task): boolean {
  return view === undefined || view.state !== task.state || view.priority !== task.priority;
}
