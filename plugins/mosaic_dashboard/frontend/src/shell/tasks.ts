/** The tasks of a run, kept as they are now: read once in pages, then by what changes. */
import type { Context, Stop } from "./api";
import { Refused } from "./api";

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
  /** Whose the newest attempt is ("": there was none), and when it began (ms). */
  agent: string;
  since: number | null;
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

interface Batch {
  sequence: number;
  run: Run;
  tasks: Task[];
}

const PAGE = 1000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

export class TaskStore {
  readonly tasks = new Map<string, Task>();
  run: Run | null = null;
  /** Whether every task was read at least once. */
  isComplete = false;
  private readonly listeners = new Set<(changed: Task[]) => void>();
  private stopFollowing: Stop = () => {};
  private timer = 0;
  private pause = FIRST_PAUSE;
  private isOver = false;

  constructor(private readonly context: Pick<Context, "call" | "follow" | "live">, private readonly runId: string) {}

  /** Read all, then follow what changes; returns when all was read, and rejects with `Refused` where that is not
   *  possible. Later troubles cure themselves: a stream that ended is begun anew. */
  async open(): Promise<void> {
    await this.read();
    this.follow();
  }

  /** Follow what changes after a view of the run that the page was drawn with: what has not changed is not read. */
  openAfter(run: Run): void {
    this.run = run;
    this.follow();
  }

  /** Be told of the tasks that have changed, once an animation frame; of none where only the run has. */
  on(told: (changed: Task[]) => void): Stop {
    this.listeners.add(told);
    return () => this.listeners.delete(told);
  }

  close(): void {
    this.isOver = true;
    window.clearTimeout(this.timer);
    this.stopFollowing();
    this.listeners.clear();
  }

  private async read(): Promise<void> {
    const run = await this.context.call<Run>("run.show", { run_id: this.runId });
    this.run = run;
    let after = 0;
    for (;;) {
      const { items } = await this.context.call<{ items: Task[] }>("task.list", { run_id: run.run_id, limit: PAGE, after });
      if (this.isOver) return;
      const isLast = items.length < PAGE;
      this.isComplete ||= isLast;
      this.keep(items);
      if (isLast) return;
      after = items[items.length - 1]!.position;
    }
  }

  private follow(): void {
    if (this.isOver || !this.run) return;
    // The run's view is older than any page of tasks: what changed while they were read is told again.
    const input = { run_id: this.run.run_id, after: this.run.sequence };
    this.stopFollowing = this.context.follow<Batch>("task.follow", input, (batches) => this.take(batches), {
      next: (batch) => ({ ...input, after: batch.sequence }),
      ended: () => this.again(),
    });
  }

  private take(batches: Batch[]): void {
    this.pause = FIRST_PAUSE;
    const changed = new Map<string, Task>();
    for (const batch of batches) for (const task of batch.tasks) changed.set(task.task_id, task);
    this.run = batches[batches.length - 1]!.run;
    this.keep([...changed.values()]);
  }

  /** The stream has ended: a plugin was reloaded, or the log is another. Begin from what is now, with patience. */
  private again(): void {
    if (this.isOver) return;
    this.stopFollowing();
    this.timer = window.setTimeout(async () => {
      try {
        await this.read();
        this.follow();
      } catch (error) {
        if (!isGone(error)) this.again();
      }
    }, this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  private keep(changed: Task[]): void {
    for (const task of changed) {
      const before = this.tasks.get(task.task_id);
      if (before) share(before, task);
      this.tasks.set(task.task_id, task);
    }
    this.tell(changed);
  }

  private tell(changed: Task[]): void {
    for (const told of [...this.listeners]) told(changed);
  }
}

/** Each view brings a task's names again: what is as before is kept once, whoever else holds on to it. */
function share(before: Task, now: Task): void {
  now.task_id = before.task_id;
  if (now.title === before.title) now.title = before.title;
  for (const list of ["path", "needs", "labels"] as const) if (isSame(before[list], now[list])) now[list] = before[list];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function isGone(error: unknown): boolean {
  return error instanceof Refused && error.problem.code === "no-run";
}
