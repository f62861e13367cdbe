/** Where the graph comes from: the tasks of a run, or a draft of a plan, whose dependencies can be changed. */
import { Refused, type Context, type Stop } from "../shell/api";
import { TaskStore } from "../shell/tasks";
import { leavesOfPlan, leavesOfTasks, type Leaf } from "./model";

export interface Finding {
  code: string;
  severity: string;
  message: string;
  subject: string;
  hint: string;
}

export interface Source {
  leaves: Leaf[];
  /** Whether dependencies can be changed here. */
  isEditable: boolean;
  findings: Finding[];
  canUndo: boolean;
  canRedo: boolean;
  hrefOf(id: string): string;
  /** `changed` is told with whether only states have changed. */
  open(changed: (onlyStates: boolean) => void): Promise<void>;
  edit(kind: "add_dependency" | "remove_dependency", node: string, on: string): Promise<void>;
  step(direction: "undo" | "redo"): Promise<void>;
  close(): void;
}

export class RunSource implements Source {
  leaves: Leaf[] = [];
  readonly isEditable = false;
  readonly findings: Finding[] = [];
  readonly canUndo = false;
  readonly canRedo = false;
  private readonly store: TaskStore;
  private readonly byId = new Map<string, Leaf>();
  private stop: Stop = () => {};

  constructor(context: Context, private readonly runId: string) {
    this.store = new TaskStore(context, runId);
  }

  hrefOf(id: string): string {
    const run = this.store.run?.run_id ?? this.runId;
    return `/runs/${encodeURIComponent(run)}/tasks/${encodeURIComponent(id)}`;
  }

  async open(changed: (onlyStates: boolean) => void): Promise<void> {
    await this.store.open();
    this.read();
    changed(false);
    this.stop = this.store.on((tasks) => {
      const isNew = tasks.some((task) => !this.byId.has(task.task_id));
      if (isNew) this.read();
      else for (const task of tasks) this.byId.get(task.task_id)!.state = task.state;
      changed(!isNew);
    });
  }

  private read(): void {
    this.leaves = leavesOfTasks(this.store.tasks.values());
    this.byId.clear();
    for (const leaf of this.leaves) this.byId.set(leaf.id, leaf);
  }

  edit(): Promise<void> {
    return Promise.reject(new Refused({ code: "fixed", what: "a run's plan does not change; edit a copy of it" }));
  }

  step(): Promise<void> {
    return this.edit();
  }

  close(): void {
    this.stop();
    this.store.close();
  }
}

interface Draft {
  id: string;
  version: number;
  plan: { nodes?: Parameters<typeof leavesOfPlan>[0] };
  findings: Finding[];
  can_undo: boolean;
  can_redo: boolean;
}

export class DraftSource implements Source {
  leaves: Leaf[] = [];
  readonly isEditable = true;
  findings: Finding[] = [];
  canUndo = false;
  canRedo = false;
  private version = 0;
  private changed: (onlyStates: boolean) => void = () => {};
  private stop: Stop = () => {};

  constructor(private readonly context: Context, private readonly id: string) {}

  hrefOf(node: string): string {
    return `/drafts/${encodeURIComponent(this.id)}?node=${encodeURIComponent(node)}`;
  }

  async open(changed: (onlyStates: boolean) => void): Promise<void> {
    this.changed = changed;
    this.take(await this.context.call<Draft>("draft.show", { id: this.id }));
    this.stop = this.context.live.on(["drafts.changed", "drafts."], () => void this.refresh());
  }

  async edit(kind: "add_dependency" | "remove_dependency", node: string, on: string): Promise<void> {
    const edits = [{ kind, node, on }];
    this.take(await this.context.call<Draft>("draft.edit", { id: this.id, version: this.version, edits }));
  }

  async step(direction: "undo" | "redo"): Promise<void> {
    this.take(await this.context.call<Draft>(`draft.${direction}`, { id: this.id, version: this.version }));
  }

  close(): void {
    this.stop();
  }

  private async refresh(): Promise<void> {
    const draft = await this.context.call<Draft>("draft.show", { id: this.id }).catch(() => null);
    if (draft && draft.version !== this.version) this.take(draft);
  }

  private take(draft: Draft): void {
    this.version = draft.version;
    this.leaves = leavesOfPlan(draft.plan.nodes ?? []);
    this.findings = draft.findings;
    this.canUndo = draft.can_undo;
    this.canRedo = draft.can_redo;
    this.changed(false);
  }
}
