/** The rows of the chart: tasks, under the branches of the plan that they are part of, in order of their start. */

export interface Item {
  task_id: string;
  position: number;
  title: string;
  path: string[];
  state?: string;
  minutes: number;
  is_estimated: boolean;
  needs: string[];
  earliest_start: number;
  earliest_finish: number;
  latest_start: number;
  slack: number;
  is_critical: boolean;
  /** Of a run alone. */
  actual_start?: number | null;
  actual_end?: number | null;
}

export interface Row {
  key: string;
  title: string;
  depth: number;
  /** null for a branch. */
  item: Item | null;
  start: number;
  end: number;
  actualStart: number | null;
  actualEnd: number | null;
  isCritical: boolean;
  isFolded: boolean;
  count: number;
}

interface Branch {
  key: string;
  title: string;
  depth: number;
  branches: Map<string, Branch>;
  items: Item[];
}

/** Return the rows to be shown; what is folded stands for all below it. */
export function rowsOf(items: readonly Item[], folded: ReadonlySet<string>): Row[] {
  const root: Branch = { key: "", title: "", depth: -1, branches: new Map(), items: [] };
  const shared = sharedDepth(items);
  for (const item of items) {
    let branch = root;
    item.path.slice(shared).forEach((title, depth) => {
      const key = `${branch.key}\u0000${title}`;
      let next = branch.branches.get(title);
      if (!next) branch.branches.set(title, (next = { key, title, depth, branches: new Map(), items: [] }));
      branch = next;
    });
    branch.items.push(item);
  }
  const rows: Row[] = [];
  const add = (branch: Branch): void => {
    // A branch with a single branch below it, and nothing else, says nothing more.
    let shown = branch;
    while (shown.branches.size === 1 && !shown.items.length && shown.depth >= 0) shown = [...shown.branches.values()][0]!;
    const isFolded = folded.has(shown.key);
    if (shown.depth >= 0) rows.push(summary(shown, branch.depth, isFolded));
    if (isFolded) return;
    for (const item of shown.items) rows.push(rowOf(item, branch.depth + 1));
    for (const next of shown.branches.values()) add({ ...next, depth: branch.depth + 1 });
  };
  add(root);
  return rows;
}

function sharedDepth(items: readonly Item[]): number {
  const first = items[0]?.path ?? [];
  let depth = 0;
  while (depth < first.length && items.every((item) => item.path[depth] === first[depth] && item.path.length > depth + 1)) depth++;
  return depth;
}

function rowOf(item: Item, depth: number): Row {
  return {
    key: item.task_id,
    title: item.title || item.task_id,
    depth,
    item,
    start: item.earliest_start,
    end: item.earliest_finish,
    actualStart: item.actual_start ?? null,
    actualEnd: item.actual_end ?? null,
    isCritical: item.is_critical,
    isFolded: false,
    count: 1,
  };
}

function itemsUnder(branch: Branch): Item[] {
  return [...branch.items, ...[...branch.branches.values()].flatMap(itemsUnder)];
}

function summary(branch: Branch, depth: number, isFolded: boolean): Row {
  const items = itemsUnder(branch);
  const starts = items.map((item) => item.actual_start ?? null).filter((one) => one !== null);
  const ends = items.map((item) => item.actual_end ?? null);
  return {
    key: branch.key,
    title: branch.title,
    depth,
    item: null,
    start: Math.min(...items.map((item) => item.earliest_start)),
    end: Math.max(...items.map((item) => item.earliest_finish)),
    actualStart: starts.length ? Math.min(...starts) : null,
    actualEnd: ends.every((one) => one !== null) ? Math.max(...ends) : null,
    isCritical: items.some((item) => item.is_critical),
    isFolded,
    count: items.length,
  };
}

/** Return a good distance between marks on an axis of so many minutes and pixels. */
export function stepOf(minutes: number, pixels: number): number {
  const wanted = (minutes / Math.max(1, pixels)) * 90;
  const steps = [1 / 60, 1 / 12, 1 / 6, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080, 43200];
  return steps.find((step) => step >= wanted) ?? 43200 * Math.ceil(wanted / 43200);
}

/** Write minutes as they stand on the axis. */
export function axisWords(minutes: number, step: number): string {
  if (!minutes) return "0";
  if (step < 1) {
    const seconds = Math.round(minutes * 60);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  if (step < 60) return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${String(Math.round(minutes % 60)).padStart(2, "0")} h`;
  if (step < 1440) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} d`;
}
