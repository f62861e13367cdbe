/** What the page shows, what is chosen in it, and how a draft is changed: one edit after the other. */
import { batch, computed, signal, type Signal } from "@preact/signals";
import { wordsOf, type Context, type Stop } from "../shell/api";
import { DraftKeeper } from "../shell/drafts";
import { TaskStore, type Run } from "../shell/tasks";
import { above, modelOf, type Branch } from "./model";
import type { Draft, Edit, Finding, Given, Shown } from "./types";

export type Chosen = { kind: "node" | "requirement"; id: string } | null;

const MANY_NODES = 60;
const OPEN_DEPTH = 2;

export class PlanStore {
  readonly shown: Signal<Shown>;
  readonly model = computed(() => modelOf(this.shown.value));
  readonly chosen = signal<Chosen>(null);
  readonly closed = signal<ReadonlySet<string>>(new Set());
  readonly words = signal("");
  readonly states = signal<ReadonlyMap<string, string>>(new Map());
  /** The node whose title is being written. */
  readonly renaming = signal("");
  /** Where a new node is being written. */
  readonly adding = signal<{ parent: string; position: number; serves: string[] } | null>(null);
  /** How many changes are not answered yet. */
  private readonly waiting = signal(0);
  readonly isBusy = computed(() => this.waiting.value > 0);

  /** The nodes that are lit: the one that is chosen, or those that serve the requirement that is. */
  readonly lit = computed<ReadonlySet<string>>(() => {
    const chosen = this.chosen.value;
    if (chosen?.kind !== "requirement") return new Set();
    return new Set(this.model.value.requirements.get(chosen.id)?.served_by ?? []);
  });
  /** The requirements that are lit. */
  readonly litRequirements = computed<ReadonlySet<string>>(() => {
    const chosen = this.chosen.value;
    if (!chosen) return new Set();
    if (chosen.kind === "requirement") return new Set([chosen.id]);
    return this.model.value.byId.get(chosen.id)?.serves ?? new Set();
  });
  readonly rows = computed<Branch[]>(() => {
    const rows: Branch[] = [];
    const words = this.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = words.length ? this.found(words) : null;
    const closed = this.closed.value;
    const walk = (branch: Branch) => {
      if (kept && !kept.has(branch)) return;
      rows.push(branch);
      if (kept || !closed.has(branch.id)) branch.children.forEach(walk);
    };
    this.model.value.roots.forEach(walk);
    return rows;
  });

  private readonly stops: Stop[] = [];
  private readonly keeper: DraftKeeper<Draft> | null = null;

  constructor(
    private readonly given: Given,
    private readonly context: Context,
  ) {
    this.shown = signal(given.shown);
    if (this.model.value.all.length > MANY_NODES) this.closeBelow(OPEN_DEPTH);
    if (given.kind === "run") {
      this.states.value = new Map(Object.entries(given.states));
      this.followRun(given.run);
    } else {
      this.keeper = new DraftKeeper(context, given.shown, (draft) => this.take(draft));
      const { node } = context.params;
      if (node && this.model.value.byId.has(node)) this.choose({ kind: "node", id: node });
    }
  }

  get runId(): string {
    return this.given.kind === "run" ? this.given.run.run_id : "";
  }

  get isRun(): boolean {
    return this.given.kind === "run";
  }

  get isDraft(): boolean {
    return this.given.kind === "draft";
  }

  get draft(): Draft {
    return this.shown.value as Draft;
  }

  end(): void {
    this.keeper?.end();
    for (const stop of this.stops) stop();
  }

  choose(chosen: Chosen): void {
    batch(() => {
      this.chosen.value = chosen;
      this.adding.value = null;
      this.renaming.value = "";
      if (chosen?.kind === "node") this.reveal([chosen.id]);
      if (chosen?.kind === "requirement") this.reveal(this.model.value.requirements.get(chosen.id)?.served_by ?? []);
    });
  }

  /** Choose the one behind what is chosen, round and round. */
  chooseNext(all: readonly Chosen[]): void {
    const now = this.chosen.value;
    const place = all.findIndex((one) => one?.kind === now?.kind && one?.id === now?.id);
    const next = all[(place + 1) % Math.max(1, all.length)];
    if (next) this.choose(next);
  }

  toggle(id: string, isOpen = this.closed.value.has(id)): void {
    const closed = new Set(this.closed.value);
    if (isOpen) closed.delete(id);
    else closed.add(id);
    this.closed.value = closed;
  }

  openAll(): void {
    this.closed.value = new Set();
  }

  closeBelow(depth: number): void {
    const deep = this.model.value.all.filter((branch) => branch.children.length && branch.depth >= depth);
    this.closed.value = new Set(deep.map((branch) => branch.id));
  }

  /** Begin to write a new node. */
  add(parent: string, position: number, serves: string[] = []): void {
    batch(() => {
      if (parent) this.toggle(parent, true);
      this.adding.value = { parent, position, serves };
    });
  }

  /** Change the draft; resolves to whether that could be done. */
  edit(...edits: Edit[]): Promise<boolean> {
    return this.send("draft.edit", { edits });
  }

  undo(): Promise<boolean> {
    // What is not answered yet can be undone once it is.
    return this.draft.can_undo || this.isBusy.value ? this.send("draft.undo") : Promise.resolve(false);
  }

  redo(): Promise<boolean> {
    return this.draft.can_redo ? this.send("draft.redo") : Promise.resolve(false);
  }

  private async send(operation: string, more: object = {}): Promise<boolean> {
    this.waiting.value += 1;
    try {
      await this.keeper?.change(operation, more);
      return true;
    } catch (error) {
      this.context.toast(wordsOf(error), "bad");
      return false;
    } finally {
      this.waiting.value -= 1;
    }
  }

  private take(draft: Draft): void {
    const renamed = (id: string) => draft.renumbered[id] ?? id;
    batch(() => {
      this.shown.value = draft;
      drawTitle(draft.title);
      drawStart(draft.findings);
      this.closed.value = new Set([...this.closed.value].map(renamed));
      const chosen = this.chosen.value;
      const adding = this.adding.value;
      const isThere = (id: string) => this.model.value.byId.has(id);
      // What somebody has begun to write by now is not ended by what they asked for before.
      if (adding) {
        const parent = renamed(adding.parent);
        this.adding.value = !parent || isThere(parent) ? { ...adding, parent } : null;
      }
      const renaming = renamed(this.renaming.value);
      this.renaming.value = isThere(renaming) ? renaming : "";
      const isWriting = this.adding.value !== null || this.renaming.value !== "";
      if (draft.added[0] && !isWriting) this.choose({ kind: "node", id: draft.added[0] });
      else if (chosen?.kind === "node") {
        const id = renamed(chosen.id);
        this.chosen.value = isThere(id) ? { kind: "node", id } : null;
      }
    });
  }

  private followRun(run: Run): void {
    const tasks = new TaskStore(this.context, run.run_id);
    this.stops.push(() => tasks.close());
    this.stops.push(
      tasks.on((changed) => {
        if (!changed.length) return;
        const states = new Map(this.states.value);
        for (const task of changed) states.set(task.task_id, task.state);
        this.states.value = states;
      }),
    );
    if (this.states.value.size >= run.total) tasks.openAfter(run);
    else tasks.open().catch((error) => this.context.toast(wordsOf(error), "bad"));
  }

  private found(words: string[]): Set<Branch> {
    const kept = new Set<Branch>();
    for (const branch of this.model.value.all) {
      const text = `${branch.id} ${branch.node.title}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      kept.add(branch);
      for (const one of above(branch)) kept.add(one);
    }
    return kept;
  }

  private reveal(ids: readonly string[]): void {
    const closed = new Set(this.closed.value);
    for (const id of ids) {
      const branch = this.model.value.byId.get(id);
      if (branch) for (const one of above(branch)) closed.delete(one.id);
    }
    if (closed.size !== this.closed.value.size) this.closed.value = closed;
  }
}

/** The head of the page is the server's; the title in it is the draft's. */
/** A draft that the linter objects to cannot be started: the page's head says so. */
function drawStart(findings: readonly Finding[]): void {
  const errors = findings.filter((one) => one.severity === "error").length;
  const [start, not] = ["[data-start]", "[data-start-not]"].map((one) => document.querySelector<HTMLElement>(one));
  if (!start || !not) return;
  start.hidden = errors > 0;
  not.hidden = !errors;
  const why = not.querySelector("[data-start-errors]");
  if (why) why.textContent = errors === 1 ? "1 error" : `${errors} errors`;
}

function drawTitle(title: string): void {
  const head = document.querySelector(".page-head h1");
  if (head) head.textContent = title;
}
