// What the board and the graph keep of a run does not grow with what happens in it.
import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Context } from "../src/shell/api";
import type { Task } from "../src/shell/tasks";
import { Model } from "../src/board/model";
import { RunSource } from "../src/graph/source";
import { fakePage } from "./fake_page";

// Compiled code is on the heap, too, and comes when it likes.
for (const flag of ["--expose-gc", "--no-opt", "--no-maglev", "--no-sparkplug"]) setFlagsFromString(flag);
const collect: () => void = runInNewContext("gc");

const COUNT = 2000;
const PAGE = 1000;
/** In bytes, a task. */
const MOST = 20;

function view(index: number, state: string, token: number): Task {
  const since = 1_700_000_000_000 + token * COUNT + index;
  return {
    run_id: "the-run-of-the-test", task_id: `T.001.001.001.${index}`, position: index + 1, title: `The task with the number ${index}`,
    path: [`The epic ${index % 5}`, `The feature ${index % 50}`], state, token, attempts: 0, holder: "the-holder-of-tasks",
    agent: "the-agent-of-tasks", since, lease_until: since, not_before: null, priority: 0, unmet: 0,
    needs: [`T.001.001.001.${index - 1}`, `T.001.001.001.${index - 2}`], runtime: "any", labels: ["one", "two"], minutes: 5, approval: "",
    is_approved: false, reason: "", cause: "", commit: "",
  };
}

/** As it comes over the wire: with texts of its own. */
const sent = <Item>(item: Item): Item => JSON.parse(JSON.stringify(item)) as Item;
const run = (sequence: number) => ({ run_id: "r", title: "R", state: "active", result: "running", total: COUNT, counts: {}, sequence });

/** Open what `open` opens over a run; return how many bytes it keeps more, a task, after each task has changed often. */
async function growth(open: (context: Context) => Promise<{ close(): void }>): Promise<number> {
  fakePage();
  let told: (batches: unknown[]) => void = () => {};
  const context = {
    data: {}, params: {}, toast() {}, go() {}, keys: () => () => {}, live: { isConnected: () => true, on: () => () => {} },
    call: async (operation: string, input: any = {}) => {
      if (operation === "run.show") return run(0);
      if (operation !== "task.list") return { items: [] };
      const many = Array.from({ length: Math.min(PAGE, COUNT - input.after) }, (_, step) => view(input.after + step, "leased", 1));
      return sent({ items: many });
    },
    follow: (operation: string, _input: object, hear: (batches: any[]) => void) => {
      if (operation === "task.follow") told = hear;
      return () => {};
    },
  } as unknown as Context;
  const opened = await open(context);
  const kept = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  let sequence = 0;
  const change = (state: string, token: number) => {
    for (let from = 0; from < COUNT; from += 50) {
      const tasks = Array.from({ length: 50 }, (_, step) => view(from + step, state, token));
      told([sent({ sequence: ++sequence, run: run(sequence), tasks })]);
    }
  };
  const before = kept();
  for (let token = 2; token < 4; token++) for (const state of ["ready", "leased"]) change(state, token);
  const after = kept();
  assert.equal(sequence, (4 * COUNT) / 50);
  opened.close();
  return (after - before) / COUNT;
}

async function board(context: Context): Promise<Model> {
  const model = new Model(context, "r");
  await model.open();
  assert.equal(model.deck.cards.size, COUNT);
  return model;
}

async function graph(context: Context): Promise<RunSource> {
  const source = new RunSource(context, "r");
  await source.open(() => {});
  assert.equal(source.leaves.length, COUNT);
  return source;
}

for (const [name, open] of Object.entries({ board, graph })) {
  test(`a ${name} keeps no more when all its tasks have changed`, async () => {
    await growth(open); // the first time, code is read and kept
    const bytes = await growth(open);
    assert.ok(bytes < MOST, `${bytes.toFixed(1)} bytes a task`);
  });
}
