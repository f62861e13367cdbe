// A server as islands see it: operations that are answered, streams and events that the test tells.
import type { Context } from "../src/shell/api";
import type { Run, Task } from "../src/shell/tasks";
import { drop, refusalsOf } from "../src/board/carrying";
import { Model } from "../src/board/model";
import { fakePage, soon } from "./fake_page";

export function task(id: string, more: Partial<Task> = {}): Task {
  return {
    run_id: "r", task_id: id, position: Number(id.slice(1)), title: `Task ${id}`, path: [], state: "ready", token: 0, attempts: 0, holder: "",
    lease_until: null, not_before: null, priority: 0, unmet: 0, needs: [], runtime: "", labels: [], minutes: 5, approval: "",
    is_approved: false, reason: "", cause: "", commit: "", agent: "", since: null, ...more,
  };
}

export const run = (sequence: number, counts: Record<string, number> = {}): Run => ({ run_id: "r", title: "R", state: "active", result: "running", total: 2, counts, sequence });

/** A context whose operations are answered by `answers`, with the streams that were asked for. */
export function context(answers: Record<string, (input: any) => unknown>) {
  const asked: { operation: string; input: any }[] = [];
  const streams: { operation: string; input: any; told: (items: any[]) => void; ended: () => void; isOver: boolean }[] = [];
  const listeners: { kinds: readonly string[]; told: (events: any[]) => void; begun?: (() => void) | undefined; isOver: boolean }[] = [];
  const toasts: string[] = [];
  const places: string[] = [];
  const made: Context = {
    data: {}, params: {},
    call: async (operation: string, input: any = {}) => {
      asked.push({ operation, input });
      const answer = await answers[operation]?.(input);
      if (answer instanceof Error) throw answer;
      return answer as any;
    },
    follow: (operation, input, told, options = {}) => {
      const stream = { operation, input, told, ended: options.ended ?? (() => {}), isOver: false };
      streams.push(stream);
      return () => (stream.isOver = true);
    },
    live: {
      isConnected: () => true,
      on: (kinds, told, begun) => {
        const one = { kinds, told, begun, isOver: false };
        listeners.push(one);
        return () => (one.isOver = true);
      },
    },
    toast: (text) => void toasts.push(text),
    go: (address) => void places.push(address),
    keys: () => () => {},
  };
  return { made, asked, streams, listeners, toasts, places };
}

/** A board of these tasks; `move` drops a card, `tell` is what the stream says. */
export async function board(tasks: Task[], answers: Record<string, (input: any) => unknown>) {
  fakePage();
  (globalThis as any).location.search = "";
  const world = context({ "run.show": () => run(1), "task.list": () => ({ items: tasks }), "inbox.list": () => ({ items: [] }), ...answers });
  const model = new Model(world.made, "r");
  await model.open();
  await soon();
  const card = (id: string) => model.deck.cards.get(id)!;
  const move = (id: string, over: number, index = 0) =>
    drop(model, { cards: [card(id)], refusals: refusalsOf([card(id)], true), over, index, isByKeys: true }, "");
  const tell = (...changed: Task[]) => world.streams[0]!.told([{ sequence: 2, run: run(2), tasks: changed }]);
  return { ...world, model, card, move, tell };
}

