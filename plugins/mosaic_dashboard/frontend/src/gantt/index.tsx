/** The Gantt: what can start when, the critical path and the slack; and how it went. */
import "./gantt.css";
import { render } from "preact";
import type { Context, Stop } from "../shell/api";
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
const GAP = 1000;

export default function mount(element: HTMLElement, context: Context): () => void {
  const { run_id, draft_id } = context.data as { run_id: string; draft_id: string };
  let schedule = context.data.schedule as Schedule;
  let stop: Stop = () => {};
  let timer = 0;
  let isOver = false;
  element.replaceChildren();

  function draw(): void {
    const hrefOf = (id: string) =>
      run_id ? `/runs/${encodeURIComponent(run_id)}/tasks/${encodeURIComponent(id)}` : `/drafts/${encodeURIComponent(draft_id)}?node=${encodeURIComponent(id)}`;
    render(<Chart schedule={schedule} hasCourse={run_id !== ""} hrefOf={hrefOf} />, element);
  }

  async function read(): Promise<void> {
    timer = 0;
    let found = run_id
      ? await context.call<Schedule>("run.schedule", { run_id, limit: PAGE }).catch(() => null)
      : await context
          .call<{ plan: object }>("draft.show", { id: draft_id })
          .then((draft) => context.call<Schedule>("plan.schedule", { plan: draft.plan }))
          .catch(() => null);
    while (found && run_id && found.items.length < found.total) {
      const after = found.items[found.items.length - 1]!.position;
      const more: Schedule = await context.call<Schedule>("run.schedule", { run_id, limit: PAGE, after });
      if (!more.items.length) break;
      found = { ...found, items: [...found.items, ...more.items] };
    }
    if (!found || isOver) return;
    schedule = found;
    draw();
  }

  const touch = () => {
    timer ||= window.setTimeout(() => void read(), GAP);
  };
  draw();
  if (schedule.items.length < schedule.total) void read();
  if (run_id) stop = context.live.on(["task.claimed", "task.accepted", "task.refused", "task.reopened", "run."], (events) => {
    if (!events.length || events.some((event) => event.run_id === run_id)) touch();
  });
  else stop = context.live.on(["drafts.changed"], touch);
  return () => {
    isOver = true;
    stop();
    window.clearTimeout(timer);
    render(null, element);
  };
}
