/** The tree of a plan, with what follows from it: sums, who waits for whom, what serves what. Pure. */
import type { Coverage, Finding, PlanNode, Shown } from "./types";

export interface Branch {
  id: string;
  node: PlanNode;
  depth: number;
  /** Which one of its siblings it is, from 0. */
  place: number;
  parent: Branch | null;
  children: Branch[];
  /** The sum of the leaves' estimates; of a leaf its own. */
  minutes: number;
  /** The leaves below it; of a leaf itself. */
  leaves: Branch[];
  /** What it and all below it serve. */
  serves: Set<string>;
  /** Who names it as a dependency. */
  dependants: string[];
  findings: Finding[];
  /** Whether the worst finding of it, or below it, is an error, a warning, or there is none. */
  worst: "error" | "warning" | "";
}

export interface Model {
  roots: Branch[];
  all: Branch[];
  byId: Map<string, Branch>;
  requirements: Map<string, Coverage>;
  /** Requirements by line of the document, the narrowest first. */
  byLine: Map<number, Coverage[]>;
  /** Findings about the plan, a requirement, or a node that cannot be told. */
  others: Finding[];
  lines: string[];
}

export function modelOf(shown: Shown): Model {
  const all = (shown.plan.nodes ?? []).map(branchOf);
  const byId = new Map<string, Branch>();
  for (const branch of all) if (!byId.has(branch.id)) byId.set(branch.id, branch);
  const byGroups = new Map([...byId.values()].map((branch) => [groupsOf(branch.id), branch]));
  const roots: Branch[] = [];
  for (const branch of all) {
    const groups = groupsOf(branch.id);
    const parent = byGroups.get(groups.slice(0, Math.max(0, groups.lastIndexOf(".")))) ?? null;
    branch.parent = parent === branch ? null : parent;
    (branch.parent?.children ?? roots).push(branch);
  }
  roots.forEach((root, place) => settle(root, 0, place));
  for (const branch of all) {
    for (const name of branch.node.depends_on ?? []) byId.get(name)?.dependants.push(branch.id);
  }
  const requirements = new Map(shown.coverage.map((one) => [one.requirement_id, one]));
  const others = shown.findings.filter((finding) => !byId.has(finding.subject));
  for (const finding of shown.findings) {
    let at: Branch | null = byId.get(finding.subject) ?? null;
    at?.findings.push(finding);
    for (; at; at = at.parent) if (at.worst !== "error") at.worst = finding.severity;
  }
  return { roots, all, byId, requirements, byLine: linesOf(shown.coverage), others, lines: shown.document ? shown.document.split("\n") : [] };
}

function branchOf(node: PlanNode): Branch {
  return {
    id: node.node_id,
    node,
    depth: 0,
    place: 0,
    parent: null,
    children: [],
    minutes: 0,
    leaves: [],
    serves: new Set(),
    dependants: [],
    findings: [],
    worst: "",
  };
}

function groupsOf(id: string): string {
  return id.slice(id.indexOf(".") + 1);
}

function settle(branch: Branch, depth: number, place: number): void {
  branch.depth = depth;
  branch.place = place;
  for (const name of branch.node.serves ?? []) branch.serves.add(name);
  if (!branch.children.length) {
    branch.minutes = branch.node.minutes ?? 0;
    branch.leaves = [branch];
  }
  for (const [at, child] of branch.children.entries()) {
    settle(child, depth + 1, at);
    branch.minutes += child.minutes;
    branch.leaves.push(...child.leaves);
    for (const name of child.serves) branch.serves.add(name);
  }
}

function linesOf(coverage: Coverage[]): Map<number, Coverage[]> {
  const found = new Map<number, Coverage[]>();
  for (const one of coverage) {
    if (!one.start) continue;
    for (let line = one.start; line <= one.end; line += 1) {
      const there = found.get(line);
      if (there) there.push(one);
      else found.set(line, [one]);
    }
  }
  for (const there of found.values()) there.sort((a, b) => a.end - a.start - (b.end - b.start));
  return found;
}

/** Return what a branch is part of, the outermost first. */
export function above(branch: Branch): Branch[] {
  const found: Branch[] = [];
  for (let parent = branch.parent; parent; parent = parent.parent) found.unshift(parent);
  return found;
}

/** Whether a branch is another, or part of it. */
export function isWithin(branch: Branch, other: Branch): boolean {
  return branch === other || above(branch).includes(other);
}
