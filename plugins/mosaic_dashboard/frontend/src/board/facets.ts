/** What there is to filter by: the agents, labels and levels of all tasks seen. Pure. */
import type { Task } from "../shell/tasks";
import { groupsOf } from "./levels";
import { agentOf } from "./view";

export class Facets {
  readonly agents = new Set<string>();
  readonly labels = new Set<string>();
  /** How many levels the longest path has. */
  levels = 0;
  /** Whether the tasks are named as a plan names them. */
  isPlan = false;
  private sorted: { agents: string[]; labels: string[] } | null = null;

  put(task: Task): void {
    const size = this.agents.size + this.labels.size;
    const agent = agentOf(task);
    if (agent) this.agents.add(agent);
    for (const label of task.labels) this.labels.add(label);
    if (this.agents.size + this.labels.size !== size) this.sorted = null;
    this.levels = Math.max(this.levels, task.path.length);
    this.isPlan ||= groupsOf(task.task_id).length > 0;
  }

  lists(): { agents: string[]; labels: string[] } {
    this.sorted ??= { agents: [...this.agents].sort(), labels: [...this.labels].sort() };
    return this.sorted;
  }
}
