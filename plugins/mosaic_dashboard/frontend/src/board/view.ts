/** How the board is looked at: what a card is, lanes, filters, what is folded. Lives in the address. Pure. */
import type { Task } from "../shell/tasks";
import { COLUMNS } from "./columns";
import { isWithin } from "./levels";

export interface View {
  /** What a card is: -1 a task; else the level of a path. */
  level: number;
  /** "", "agent", "label", or the level of a path as text. */
  lanes: string;
  text: string;
  states: readonly string[];
  agent: string;
  label: string;
  isMine: boolean;
  within: string;
  /** Columns and lanes that are folded. */
  columns: readonly string[];
  folded: readonly string[];
}

export const PLAIN: View = {
  level: -1,
  lanes: "",
  text: "",
  states: [],
  agent: "",
  label: "",
  isMine: false,
  within: "",
  columns: [],
  folded: [],
};

const STATES = COLUMNS.flatMap((column) => column.states);

function levelOf(text: string | null): number {
  return text && /^\d$/.test(text) ? Number(text) : -1;
}

export function readView(query: URLSearchParams): View {
  const lanes = query.get("lanes") ?? "";
  const names = (key: string, known: readonly string[]) =>
    (query.get(key) ?? "").split(",").filter((one) => known.includes(one));
  return {
    level: levelOf(query.get("level")),
    lanes: lanes === "agent" || lanes === "label" || levelOf(lanes) >= 0 ? lanes : "",
    text: query.get("q") ?? "",
    states: names("states", STATES),
    agent: query.get("agent") ?? "",
    label: query.get("label") ?? "",
    isMine: query.get("mine") === "1",
    within: query.get("within") ?? "",
    columns: names("columns", COLUMNS.map((column) => column.name)),
    folded: query.getAll("folded"),
  };
}

/** Return the query with the view in it; what is as usual is left out, and what else it holds stays. */
export function writeView(view: View, query: URLSearchParams): URLSearchParams {
  const written = new URLSearchParams(query);
  const set = (key: string, value: string) => (value ? written.set(key, value) : written.delete(key));
  set("level", view.level < 0 ? "" : String(view.level));
  set("lanes", view.lanes);
  set("q", view.text);
  set("states", view.states.join(","));
  set("agent", view.agent);
  set("label", view.label);
  set("mine", view.isMine ? "1" : "");
  set("within", view.within);
  set("columns", view.columns.join(","));
  written.delete("folded");
  for (const lane of view.folded) written.append("folded", lane);
  return written;
}

export function isFiltered(view: View): boolean {
  return Boolean(view.text || view.states.length || view.agent || view.label || view.isMine || view.within);
}

const WAITING = new Set(["blocked", "gated", "delayed", "ready"]);

/** Whose a task is: who works on it or did it; of one that waits, who is asked for by name. */
export function agentOf(task: Task): string {
  return (!WAITING.has(task.state) && task.agent) || task.runtime;
}

/** Return what tells whether a task is to be seen; `isWaitedFor` tells of the tasks that ask a person something. */
export function filterOf(view: View, isWaitedFor: (task: Task) => boolean): (task: Task) => boolean {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const states = new Set(view.states);
  return (task) => {
    if (states.size && !states.has(task.state)) return false;
    if (view.isMine && !isWaitedFor(task)) return false;
    if (view.agent && agentOf(task) !== view.agent) return false;
    if (view.label && !task.labels.includes(view.label)) return false;
    if (view.within && !isWithin(task.path, view.within)) return false;
    if (!words.length) return true;
    const text = `${task.task_id} ${task.title} ${task.path.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
