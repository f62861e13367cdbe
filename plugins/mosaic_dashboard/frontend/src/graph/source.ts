/** Where the graph comes from: the tasks of a run, or a draft of a plan, whose dependencies can be changed. */
import { draftAddress, taskAddress } from "../shell/addresses";
import { Refused, type Context, type Stop } from "../shell/api";
import { DraftKeeper } from "../shell/drafts";
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
    return taskAddress(this.store.run?.run_id ?? this.runId, id);
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
  private keeper: DraftKeeper<Draft> | null = null;
  private isOver = false;

  constructor(private readonly context: Context, private readonly id: string) {}

  hrefOf(node: string): string {
    return draftAddress(this.id, node);
  }

  async open(changed: (onlyStates: boolean) => void): Promise<void> {
    const take = (draft: Draft) => {
      this.leaves = leavesOfPlan(draft.plan.nodes ?? []);
      this.findings = draft.findings;
      this.canUndo = draft.can_undo;
      this.canRedo = draft.can_redo;
      changed(false);
    };
    const draft = await this.context.call<Draft>("draft.show", { id: this.id });
    if (this.isOver) return;
    this.keeper = new DraftKeeper(this.context, draft, take);
    take(draft);
  }

  async edit(kind: "add_dependency" | "remove_dependency", node: string, on: string): Promise<void> {
    await this.keeper?.change("draft.edit", { edits: [{ kind, node, on }] });
  }

  async step(direction: "undo" | "redo"): Promise<void> {
    await this.keeper?.change(`draft.${direction}`);
  }

  close(): void {
    this.isOver = true;
    this.keeper?.end();
  }
}
