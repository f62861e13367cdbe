/** What the page shows, what is chosen in it, and how a draft is changed: one edit after the other. */
import { batch, computed, signal, type Signal } from "@preact/signals";
import type { Context, Stop } from "../shell/api";
import { Refused } from "../shell/api";
import { TaskStore } from "../shell/tasks";
import { above, modelOf, type Branch } from "./model";
import type { Draft, Edit, Given, Shown } from "./types";

export type Chosen = { kind: "node" | "requirement"; id: string } | null;

const MANY_NODES = 60;
const OPEN_DEPTH = 2;
const QUIET_MS = 600;

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
  readonly isBusy = signal(false);

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

  private waiting: Promise<void> = Promise.resolve();
  private stops: Stop[] = [];
  private quiet = 0;

  constructor(
    private readonly given: Given,
    private readonly context: Context,
  ) {
    this.shown = signal(given.shown);
    if (this.model.value.all.length > MANY_NODES) this.closeBelow(OPEN_DEPTH);
    if (given.kind === "run") {
      this.states.value = new Map(Object.entries(given.states));
      this.followRun(given.run_id);
    }
    else this.stops.push(context.live.on(["drafts.changed"], () => this.heard()));
  }

  get runId(): string {
    return this.given.kind === "run" ? this.given.run_id : "";
  }

  get isDraft(): boolean {
    return this.given.kind === "draft";
  }

  get draft(): Draft {
    return this.shown.value as Draft;
  }

  end(): void {
    window.clearTimeout(this.quiet);
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
    return this.send("draft.edit", () => ({ edits }));
  }

  undo(): Promise<boolean> {
    return this.draft.can_undo ? this.send("draft.undo") : Promise.resolve(false);
  }

  redo(): Promise<boolean> {
    return this.draft.can_redo ? this.send("draft.redo") : Promise.resolve(false);
  }

  private send(operation: string, more: () => object = () => ({})): Promise<boolean> {
    const done = this.waiting.then(async () => {
      this.isBusy.value = true;
      try {
        const { id, version } = this.draft;
        this.take(await this.context.call<Draft>(operation, { id, version, ...more() }));
        return true;
      } catch (error) {
        await this.complain(error);
        return false;
      } finally {
        this.isBusy.value = false;
      }
    });
    this.waiting = done.then(() => {});
    return done;
  }

  private take(draft: Draft): void {
    const renamed = (id: string) => draft.renumbered[id] ?? id;
    batch(() => {
      this.shown.value = draft;
      drawTitle(draft.title);
      this.closed.value = new Set([...this.closed.value].map(renamed));
      const chosen = this.chosen.value;
      if (draft.added[0]) this.choose({ kind: "node", id: draft.added[0] });
      else if (chosen?.kind === "node") {
        const id = renamed(chosen.id);
        this.chosen.value = this.model.value.byId.has(id) ? { kind: "node", id } : null;
      }
    });
  }

  private async complain(error: unknown): Promise<void> {
    const problem = error instanceof Refused ? error.problem : { code: "", what: String(error), hint: "" };
    if (problem.code === "version-conflict") {
      await this.refresh();
      this.context.toast("Somebody else has changed this draft. Look at it as it is now, and do it again.", "bad");
      return;
    }
    this.context.toast([problem.what, problem.hint].filter(Boolean).join(". "), "bad");
  }

  /** A draft was changed, perhaps this one, perhaps by us. */
  private heard(): void {
    window.clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => void this.waiting.then(() => this.refresh()), QUIET_MS);
  }

  private async refresh(): Promise<void> {
    try {
      const draft = await this.context.call<Draft>("draft.show", { id: this.draft.id });
      if (draft.version > this.draft.version) this.take(draft);
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "no-draft") this.context.go("/drafts");
    }
  }

  private followRun(runId: string): void {
    const tasks = new TaskStore(this.context, runId);
    this.stops.push(() => tasks.close());
    this.stops.push(
      tasks.on((changed) => {
        if (!changed.length) return;
        const states = new Map(this.states.value);
        for (const task of changed) states.set(task.task_id, task.state);
        this.states.value = states;
      }),
    );
    tasks.open().catch((error) => this.complain(error));
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
function drawTitle(title: string): void {
  const head = document.querySelector(".page-head h1");
  if (head) head.textContent = title;
}
