/** The columns of the board: which states stand where. Pure. */
type ColumnName = "waiting" | "needs" | "ready" | "working" | "verifying" | "done" | "ended";

interface Column {
  name: ColumnName;
  title: string;
  /** The state whose sign it has. */
  sign: string;
  states: readonly string[];
  hint: string;
  /** What an empty one says. */
  none: string;
}

export const COLUMNS: readonly Column[] = [
  { name: "waiting", title: "Waiting", sign: "blocked", states: ["blocked"],
    hint: "what they need is not accepted yet", none: "Nothing waits for other tasks." },
  { name: "needs", title: "Needs you", sign: "gated", states: ["gated"],
    hint: "a person is to approve them", none: "Nothing needs you." },
  { name: "ready", title: "Ready", sign: "ready", states: ["ready", "delayed"],
    hint: "the first goes to the next agent", none: "Nothing is ready." },
  { name: "working", title: "Working", sign: "leased", states: ["leased"],
    hint: "agents work on them", none: "Nothing is being worked on." },
  { name: "verifying", title: "Verifying", sign: "reported", states: ["reported", "merging"],
    hint: "checks run, then it is published", none: "Nothing is being verified." },
  { name: "done", title: "Done", sign: "accepted", states: ["accepted"],
    hint: "verified and accepted", none: "Nothing is accepted yet." },
  { name: "ended", title: "Ended", sign: "failed", states: ["failed", "cancelled", "skipped"],
    hint: "failed, cancelled or skipped", none: "Nothing has failed." },
];

export const WAITING = 0;
export const NEEDS = 1;
export const READY = 2;
export const WORKING = 3;
export const VERIFYING = 4;
export const DONE = 5;
export const ENDED = 6;

const BY_STATE = new Map(COLUMNS.flatMap((column, index) => column.states.map((state) => [state, index] as const)));

/** Which column a state stands in. */
export function columnOf(state: string): number {
  return BY_STATE.get(state) ?? WAITING;
}

/**
 * Where a card of many tasks stands, by how many of them stand in each column: with its least advanced moving part
 * (Working, else Verifying); if nothing moves, where it can be moved on (Needs you, Ready), else Waiting; at its
 * end, Ended if any of it failed or was cancelled or skipped.
 */
export function columnOfCounts(counts: readonly number[]): number {
  for (const column of [WORKING, VERIFYING, NEEDS, READY, WAITING, ENDED]) if (counts[column]) return column;
  return DONE;
}
