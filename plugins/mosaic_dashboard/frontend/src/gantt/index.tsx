/** The Gantt: what can start when, the critical path and the slack; and how it went. */
import "./gantt.css";
import { render } from "preact";
import { draftAddress, taskAddress } from "../shell/addresses";
import type { Context, KeyWords, LogEvent, Stop } from "../shell/api";
import { Chart } from "./chart";
import type { Item } from "./rows";

export interface Schedule {
  run_id?: string;
  items: Item[];
  total: number;
  total_minutes: number;
  critical: string[];
  started_at?: number;
  now?: number;
}

const PAGE = 1000;
/** At most so often it is read anew, in milliseconds. */
const GAP = 2000;
const KINDS = ["task.claimed", "task.accepted", "task.refused", "task.reopened", "task.skipped", "task.cancelled", "run."];

const KEYS: readonly KeyWords[] = [
  ["↑ ↓", "go from row to row"],
  ["Enter", "open the task, fold or unfold a group"],
  ["+ −", "zoom in, zoom out"],
];

export default function mount(element: HTMLElement, context: Context): () => void {
  const { run_id, draft_id } = context.data as { run_id: string; draft_id: string };
  let schedule = context.data.schedule as Schedule;
  let stop: Stop = () => {};
  let timer = 0;
  let last = performance.now();
  let isReading = false;
  let isWanted = false;
  let isWhole = false;
  let changed = new Set<string>();
  let isOver = false;
  element.replaceChildren();

  function draw(): void {
    const hrefOf = (id: string) =>
      run_id ? taskAddress(run_id, id) : draftAddress(draft_id, id);
    render(<Chart schedule={schedule} hasCourse={run_id !== ""} hrefOf={hrefOf} />, element);
  }

  async function read(): Promise<void> {
    isReading = true;
    const found = run_id ? await readRun() : await readDraft();
    isReading = false;
    last = performance.now();
    if (isOver) return;
    if (found) {
      schedule = found;
      draw();
    }
    if (isWanted) touch();
  }

  function readDraft(): Promise<Schedule | null> {
    isWanted = false;
    return context
      .call<{ plan: object }>("draft.show", { id: draft_id })
      .then((draft) => context.call<Schedule>("plan.schedule", { plan: draft.plan }))
      .catch(() => null);
  }

  /** Read the pages that hold what has changed; all of them where that is not known. */
  async function readRun(): Promise<Schedule | null> {
    const known = schedule.items;
    const touched = isWhole || known.length < schedule.total ? null : pagesOf(known, changed);
    isWanted = isWhole = false;
    changed = new Set();
    try {
      if (!touched) return await readAll();
      const items = [...known];
      let newest = schedule;
      for (const page of touched) {
        const after = page ? known[page * PAGE - 1]!.position : 0;
        newest = await context.call<Schedule>("run.schedule", { run_id, limit: PAGE, after });
        if (newest.total !== known.length) return await readAll();
        items.splice(page * PAGE, newest.items.length, ...newest.items);
      }
      return { ...newest, items };
    } catch {
      // Nothing answers just now: the next change reads it whole.
      isWhole = true;
      return null;
    }
  }

  async function readAll(): Promise<Schedule> {
    let found = await context.call<Schedule>("run.schedule", { run_id, limit: PAGE });
    while (found.items.length < found.total && !isOver) {
      const after = found.items.at(-1)?.position ?? 0;
      const more = await context.call<Schedule>("run.schedule", { run_id, limit: PAGE, after });
      if (!more.items.length) break;
      found = { ...found, items: [...found.items, ...more.items] };
    }
    return found;
  }

  function touch(): void {
    isWanted = true;
    if (!timer && !isReading && !document.hidden) {
      timer = window.setTimeout(() => {
        timer = 0;
        void read();
      }, Math.max(0, last + GAP - performance.now()));
    }
  }

  function hear(events: LogEvent[]): void {
    const mine = events.filter((event) => event.run_id === run_id);
    if (events.length && !mine.length) return;
    isWhole ||= !events.length || mine.some((event) => event.kind === "run.extended");
    for (const event of mine) changed.add(event.task_id);
    touch();
  }

  const looked = () => {
    if (!document.hidden && isWanted) touch();
  };
  draw();
  if (schedule.items.length < schedule.total) void read();
  stop = run_id ? context.live.on(KINDS, hear) : context.live.on(["drafts.changed"], touch, touch);
  document.addEventListener("visibilitychange", looked);
  const forget = context.keys("On the chart", KEYS);
  return () => {
    forget();
    isOver = true;
    stop();
    document.removeEventListener("visibilitychange", looked);
    window.clearTimeout(timer);
    render(null, element);
  };
}

/** The pages in which these tasks stand, in order; of none the first, which tells of the run. */
function pagesOf(items: readonly Item[], ids: ReadonlySet<string>): number[] {
  const pages = new Set<number>();
  items.forEach((item, place) => {
    if (ids.has(item.task_id)) pages.add(Math.floor(place / PAGE));
  });
  return pages.size ? [...pages] : [0];
}
