/** The tasks of a run, kept as they are now: read once in pages, then by what changes. */
import type { Context, Stop } from "./api";

export interface Task {
  run_id: string;
  task_id: string;
  position: number;
  title: string;
  path: string[];
  state: string;
  token: number;
  attempts: number;
  holder: string;
  agent?: string;
  since?: number;
  lease_until: number | null;
  not_before: number | null;
  priority: number;
  unmet: number;
  needs: string[];
  runtime: string;
  labels: string[];
  minutes: number | null;
  approval: string;
  is_approved: boolean;
  reason: string;
  cause: string;
  commit: string;
}

export interface Run {
  run_id: string;
  title: string;
  state: string;
  result: string;
  total: number;
  counts: Record<string, number>;
  sequence: number;
}

const PAGE = 1000;

export class TaskStore {
  readonly tasks = new Map<string, Task>();
  run: Run | null = null;
  private readonly listeners = new Set<(changed: Task[]) => void>();
  private stop: Stop = () => {};
  private isOver = false;

  constructor(private readonly context: Pick<Context, "call" | "follow">, private readonly runId: string) {}

  /** Read all, then follow what changes; returns when all was read. */
  async open(): Promise<void> {
    this.run = await this.context.call<Run>("run.show", { run_id: this.runId });
    let after = 0;
    for (;;) {
      const input = { run_id: this.run.run_id, limit: PAGE, after };
      const { items } = await this.context.call<{ items: Task[] }>("task.list", input);
      for (const task of items) this.tasks.set(task.task_id, task);
      this.tell(items);
      if (items.length < PAGE) break;
      after = items[items.length - 1]!.position;
    }
    if (this.isOver) return;
    type Batch = { sequence: number; run: Run; tasks: Task[] };
    const input = { run_id: this.run.run_id, after: this.run.sequence };
    this.stop = this.context.follow<Batch>("task.follow", input, (batches) => {
      const changed = new Map<string, Task>();
      for (const batch of batches) for (const task of batch.tasks) changed.set(task.task_id, task);
      for (const [id, task] of changed) this.tasks.set(id, task);
      this.run = batches[batches.length - 1]!.run;
      this.tell([...changed.values()]);
    });
  }

  /** Be told of the tasks that have changed, once an animation frame. */
  on(told: (changed: Task[]) => void): Stop {
    this.listeners.add(told);
    return () => this.listeners.delete(told);
  }

  close(): void {
    this.isOver = true;
    this.stop();
  }

  private tell(changed: Task[]): void {
    for (const told of [...this.listeners]) told(changed);
  }
}
