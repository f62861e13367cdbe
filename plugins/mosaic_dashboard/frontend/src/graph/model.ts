/** The graph as it is shown: leaves, and in place of whole branches of the plan, boxes that stand for them. */

export interface Leaf {
  id: string;
  title: string;
  state: string;
  minutes: number | null;
  /** The keys and titles of what it is part of, outermost first. */
  groups: { key: string; title: string }[];
  needs: string[];
}

export interface Box {
  id: string;
  title: string;
  /** Its leaf's as it is now: it changes while a layout is on its way, too. "" for a group. */
  readonly state: string;
  isGroup: boolean;
  leaves: Leaf[];
}

export interface Folded {
  boxes: Box[];
  /** Pairs of places in `boxes`: what is needed, and what needs it. */
  edges: [number, number][];
  /** The box that stands for each leaf. */
  placeOf: Map<string, number>;
}

/** Fold the leaves: each stands for itself, or in the outermost of its groups that is collapsed. */
export function fold(leaves: readonly Leaf[], collapsed: ReadonlySet<string>): Folded {
  const boxes: Box[] = [];
  const places = new Map<string, number>();
  const placeOf = new Map<string, number>();
  for (const leaf of leaves) {
    const group = leaf.groups.find((one) => collapsed.has(one.key));
    const key = group ? `group:${group.key}` : `leaf:${leaf.id}`;
    let place = places.get(key);
    if (place === undefined) {
      place = boxes.length;
      places.set(key, place);
      const isGroup = group !== undefined;
      boxes.push({
        id: group?.key ?? leaf.id,
        title: group?.title ?? leaf.title,
        get state() {
          return isGroup ? "" : leaf.state;
        },
        isGroup,
        leaves: [],
      });
    }
    boxes[place]!.leaves.push(leaf);
    placeOf.set(leaf.id, place);
  }
  const seen = new Set<number>();
  const edges: [number, number][] = [];
  for (const leaf of leaves) {
    const to = placeOf.get(leaf.id)!;
    for (const need of leaf.needs) {
      const from = placeOf.get(need);
      if (from === undefined || from === to) continue;
      const code = from * boxes.length + to;
      if (seen.has(code)) continue;
      seen.add(code);
      edges.push([from, to]);
    }
  }
  return { boxes, edges, placeOf };
}

/** Return the groups to collapse so that at most so many boxes are left: as little as it takes. */
export function firstCollapsed(leaves: readonly Leaf[], most: number): Set<string> {
  if (leaves.length <= most) return new Set();
  const deepest = Math.max(0, ...leaves.map((leaf) => leaf.groups.length));
  let chosen = new Set<string>();
  for (let depth = deepest - 1; depth >= 0; depth--) {
    chosen = new Set(leaves.map((leaf) => leaf.groups[Math.min(depth, leaf.groups.length - 1)]?.key ?? ""));
    chosen.delete("");
    if (fold(leaves, chosen).boxes.length <= most) break;
  }
  return chosen;
}

/** How far a group is: leaves by state. */
export function countsOf(box: Box): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const leaf of box.leaves) counts[leaf.state] = (counts[leaf.state] ?? 0) + 1;
  return counts;
}

/** Return the leaves of a run's tasks; what they are part of follows from their paths. */
export function leavesOfTasks(tasks: Iterable<{ task_id: string; title: string; state: string; minutes: number | null; path: string[]; needs: string[] }>): Leaf[] {
  return [...tasks].map((task) => ({
    id: task.task_id,
    title: task.title || task.task_id,
    state: task.state,
    minutes: task.minutes,
    groups: task.path.map((title, depth) => ({ key: task.path.slice(0, depth + 1).join("\u0000"), title })),
    needs: task.needs,
  }));
}

interface PlanNode {
  node_id: string;
  title: string;
  minutes?: number | null;
  depends_on?: string[];
}

const LEVELS = ["", "E", "F", "S", "T", "ST", "A"];

/** Return the identifier of the node above; "" for an epic. */
export function parentOf(id: string): string {
  const groups = id.split(".").slice(1, -1);
  return groups.length ? [LEVELS[groups.length], ...groups].join(".") : "";
}

/** Return the leaves of a plan; to depend on an inner node is to depend on all its leaves. */
export function leavesOfPlan(nodes: readonly PlanNode[]): Leaf[] {
  const byId = new Map(nodes.map((node) => [node.node_id, node]));
  const parents = new Set(nodes.map((node) => parentOf(node.node_id)));
  const under = new Map<string, string[]>();
  const leaves = nodes.filter((node) => !parents.has(node.node_id));
  for (const leaf of leaves) {
    for (let id = leaf.node_id; id; id = parentOf(id)) {
      const listed = under.get(id);
      if (listed) listed.push(leaf.node_id);
      else under.set(id, [leaf.node_id]);
    }
  }
  return leaves.map((leaf) => {
    const groups: Leaf["groups"] = [];
    const needs = new Set<string>();
    for (let id = leaf.node_id; id; id = parentOf(id)) {
      const node = byId.get(id);
      if (id !== leaf.node_id && node) groups.unshift({ key: id, title: node.title });
      for (const on of node?.depends_on ?? []) for (const one of under.get(on) ?? []) needs.add(one);
    }
    needs.delete(leaf.node_id);
    return { id: leaf.node_id, title: leaf.title, state: "planned", minutes: leaf.minutes ?? null, groups, needs: [...needs] };
  });
}
