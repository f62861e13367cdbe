/** A plan as the operations `plan.show` and `draft.show` give it, and the edits that `draft.edit` takes. */
import type { Run } from "../shell/tasks";

export interface Check {
  name: string;
  uses?: string;
  parameters?: Record<string, unknown>;
}

export interface PlanNode {
  node_id: string;
  title: string;
  description?: string;
  minutes?: number | null;
  depends_on?: string[];
  serves?: string[];
  checks?: Check[];
  runtime?: string;
  labels?: string[];
  assumptions?: { text: string; rationale: string }[];
  done?: boolean;
}

export interface Finding {
  code: string;
  severity: "error" | "warning";
  message: string;
  subject: string;
  hint: string;
  is_fixable: boolean;
}

/** A requirement, its lines in the document (0: not known), and the leaves that serve it. */
export interface Coverage {
  requirement_id: string;
  kind: string;
  text: string;
  start: number;
  end: number;
  served_by: string[];
}

export interface Shown {
  plan: { title: string; nodes?: PlanNode[] };
  document: string;
  source: string;
  findings: Finding[];
  coverage: Coverage[];
}

export interface Draft extends Shown {
  id: string;
  version: number;
  title: string;
  can_undo: boolean;
  can_redo: boolean;
  undo: string;
  redo: string;
  renumbered: Record<string, string>;
  added: string[];
}

export interface Edit {
  kind: string;
  node?: string;
  on?: string;
  title?: string;
  text?: string;
  minutes?: number | null;
  labels?: string[];
  runtime?: string;
  serves?: string[];
  checks?: string[];
  parent?: string;
  position?: number | null;
  parts?: number;
}

export type Given = { kind: "run"; shown: Shown; run: Run; states: Record<string, string> } | { kind: "draft"; shown: Draft };
