// What is kept of the server beside the page: the tasks of a run, a draft, and the board's cards as they were asked to be.
import assert from "node:assert/strict";
import test from "node:test";
import { Refused } from "../src/shell/api";
import { DraftKeeper } from "../src/shell/drafts";
import { TaskStore } from "../src/shell/tasks";
import { COLUMNS, DONE, READY } from "../src/board/columns";
import { fakePage, soon } from "./fake_page";
import { board, context, run, task } from "./fake_world";

test("all pages of tasks are read, then what changed after the run's view is followed", async () => {
  fakePage();
  const many = Array.from({ length: 1003 }, (_, index) => task(`t${3 * index + 1}`));
  const { made, asked, streams } = context({
    "run.show": () => run(40),
    "task.list": ({ after, limit }) => ({ items: many.filter((one) => one.position > after).slice(0, limit) }),
  });
  const store = new TaskStore(made, "r");
  await store.open();
  assert.deepEqual([store.tasks.size, store.isComplete, asked.length], [1003, true, 3]);
  assert.deepEqual(streams[0]!.input, { run_id: "r", after: 40 });
  const told: string[][] = [];
  store.on((changed) => told.push(changed.map((one) => `${one.task_id} ${one.state}`)));
  const batch = (sequence: number, state: string) => ({ sequence, run: run(sequence), tasks: [task("t7", { state })] });
  streams[0]!.told([batch(41, "leased"), batch(42, "accepted")]);
  assert.deepEqual([told, store.run!.sequence], [[["t7 accepted"]], 42]);
  store.close();
  assert.ok(streams[0]!.isOver);
});

test("a stream that ends is begun anew from what is now, until the run is gone or nobody asks", async (t) => {
  fakePage();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let answer: unknown = run(1);
  const { made, streams, asked } = context({ "run.show": () => answer, "task.list": () => ({ items: [task("t1")] }) });
  const store = new TaskStore(made, "r");
  await store.open();
  const after = async (milliseconds: number) => {
    t.mock.timers.tick(milliseconds);
    for (let step = 0; step < 30; step++) await Promise.resolve();
  };
  streams[0]!.ended();
  answer = new Error("nothing answers");
  await after(1000);
  assert.equal(streams.length, 1);
  answer = run(9);
  await after(1999);
  assert.equal(streams.length, 1, "it waits longer the second time");
  await after(1);
  assert.deepEqual([streams.length, streams[1]!.input.after], [2, 9]);
  streams[1]!.ended();
  answer = new Refused({ code: "no-run", what: "there is no such run" });
  await after(60_000);
  const count = asked.length;
  await after(60_000);
  assert.deepEqual([streams.length, asked.length], [2, count], "it asks no more");
  store.close();
});

interface Draft {
  id: string;
  version: number;
}

test("a draft is changed one by one, each on the version before", async () => {
  fakePage();
  let version = 4;
  const { made, asked } = context({ "draft.edit": ({ id }) => ({ id, version: ++version }) });
  const told: number[] = [];
  const keeper = new DraftKeeper<Draft>(made, { id: "d", version }, (draft) => told.push(draft.version));
  await Promise.all([keeper.change("draft.edit", { edits: [1] }), keeper.change("draft.edit", { edits: [2] })]);
  assert.deepEqual(asked.map((one) => one.input.version), [4, 5]);
  assert.deepEqual(told, [5, 6]);
});

test("a draft that was changed before its notices were followed is read anew", async (t) => {
  fakePage();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { made, listeners } = context({ "draft.show": () => ({ id: "d", version: 5 }) });
  const told: number[] = [];
  const keeper = new DraftKeeper<Draft>(made, { id: "d", version: 4 }, (draft) => told.push(draft.version));
  listeners[0]!.begun!();
  t.mock.timers.tick(600);
  for (let step = 0; step < 9; step++) await Promise.resolve();
  assert.deepEqual(told, [5]);
  keeper.end();
});

test("an answer that comes late does not bring an older draft back", async (t) => {
  fakePage();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let shown = (_: Draft) => {};
  const { made, listeners, places } = context({
    "draft.show": () => new Promise((resolve) => (shown = resolve)),
    "draft.edit": () => ({ id: "d", version: 5 }),
  });
  const told: number[] = [];
  const keeper = new DraftKeeper<Draft>(made, { id: "d", version: 4 }, (draft) => told.push(draft.version));
  listeners[0]!.told([]);
  t.mock.timers.tick(600);
  for (let step = 0; step < 5; step++) await Promise.resolve();
  await keeper.change("draft.edit");
  shown({ id: "d", version: 4 });
  for (let step = 0; step < 5; step++) await Promise.resolve();
  assert.deepEqual([told, places], [[5], []]);
  keeper.end();
  assert.ok(listeners[0]!.isOver);
});

test("where somebody was quicker, the draft is read anew, and it is said so", async () => {
  fakePage();
  const { made } = context({
    "draft.edit": () => new Refused({ code: "version-conflict", what: "another version" }),
    "draft.show": () => ({ id: "d", version: 7 }),
  });
  const told: number[] = [];
  const keeper = new DraftKeeper<Draft>(made, { id: "d", version: 4 }, (draft) => told.push(draft.version));
  await assert.rejects(keeper.change("draft.edit"), /Somebody else has changed/);
  assert.deepEqual(told, [7]);
});

test("a move is shown at once, and stays until the stream tells of it", async () => {
  let done = (_: unknown) => {};
  const { model, card, move, tell } = await board([task("t1", { state: "failed" })], { "task.retry": () => new Promise((resolve) => (done = resolve)) });
  const moving = move("t1", READY);
  await soon();
  assert.deepEqual([card("t1").column, model.isPending(card("t1"))], [READY, true]);
  done(task("t1", { state: "ready" }));
  await moving;
  assert.equal(card("t1").column, READY, "the stream has said nothing yet");
  tell(task("t1", { state: "leased" }));
  assert.deepEqual([COLUMNS[card("t1").column]!.name, model.isPending(card("t1"))], ["working", false]);
});

test("what is refused goes back, with the reason", async () => {
  const { model, card, move, toasts } = await board([task("t1", { state: "failed" })], {
    "task.retry": () => new Refused({ code: "x", what: "it cannot be tried again", hint: "Look at its log." }),
  });
  await move("t1", READY);
  assert.deepEqual([COLUMNS[card("t1").column]!.name, model.isPending(card("t1"))], ["ended", false]);
  assert.match(toasts[0]!, /it cannot be tried again\. Look at its log\. Put back\./);
});

test("where the stream was quicker than the answer, it is believed", async () => {
  let done = (_: unknown) => {};
  const { card, move, tell } = await board([task("t1", { state: "failed" })], { "task.retry": () => new Promise((resolve) => (done = resolve)) });
  const moving = move("t1", READY);
  await soon();
  tell(task("t1", { state: "accepted" }));
  assert.equal(card("t1").column, DONE);
  done(task("t1", { state: "ready" }));
  await moving;
  assert.equal(card("t1").column, DONE);
});

test("what changes nothing of its place leaves what was expected, and after the answer takes it away", async () => {
  let done = (_: unknown) => {};
  const { model, card, move, tell } = await board([task("t1", { state: "failed" })], { "task.retry": () => new Promise((resolve) => (done = resolve)) });
  const moving = move("t1", READY);
  await soon();
  tell(task("t1", { state: "failed", reason: "told again" }));
  assert.equal(card("t1").column, READY, "not answered yet");
  done(task("t1", { state: "ready" }));
  await moving;
  assert.ok(!model.isPending(card("t1")), "something was told since it was asked for: that holds");

  const other = await board([task("t1", { state: "failed" })], { "task.retry": () => task("t1") });
  await other.move("t1", READY);
  assert.ok(other.model.isPending(other.card("t1")));
  other.tell(task("t1", { state: "failed", reason: "told again" }));
  assert.ok(!other.model.isPending(other.card("t1")));
});

test("a card is put before another, or behind the last; where it stands already nothing is asked", async () => {
  const asked: object[] = [];
  const tasks = ["t1", "t2", "t3"].map((id) => task(id));
  const answers = { "task.prioritize": (input: object) => void asked.push(input), "task.show": ({ task_id }: any) => ({ task: task(task_id) }) };
  const { model, move, card } = await board(tasks, answers);
  await move("t3", READY, 0);
  await move("t1", READY, 3);
  assert.deepEqual(asked, [{ run_id: "r", task_id: "t3", before: "t1" }, { run_id: "r", task_id: "t1", priority: -1 }]);
  asked.length = 0;
  const place = model.deck.lanes[0]!.cells[READY]!.indexOf(card("t2"));
  await move("t2", READY, place);
  await move("t2", READY, place + 1);
  assert.deepEqual(asked, []);
});

test("a move that nothing can carry out is refused with words, and nothing is asked", async () => {
  const { move, asked, toasts } = await board([task("t1")], {});
  const before = asked.length;
  await move("t1", DONE);
  assert.equal(asked.length, before);
  assert.match(toasts[0]!, /^Not moved\. Accepted is only what was verified/);
});

test("who is asked for stays known while nothing answers; the inbox's events are listened to", async () => {
  let answer: unknown = { items: [{ kind: "question", task_id: "t1" }, { kind: "gate", task_id: "t2" }] };
  const { model, listeners } = await board([task("t1"), task("t2")], { "inbox.list": () => answer });
  assert.deepEqual([...model.asked], ["t1"]);
  const listener = listeners.find((one) => one.kinds.includes("inbox."))!;
  answer = new Error("nothing answers");
  listener.told([]);
  await soon();
  assert.deepEqual([...model.asked], ["t1"]);
  answer = { items: [] };
  listener.told([]);
  await soon();
  assert.deepEqual([...model.asked], []);
  model.close();
  assert.ok(listeners.every((one) => one.isOver));
});

test("of two answers of the inbox the one that was asked for last holds, in whichever order they come", async () => {
  const answers: ((said: unknown) => void)[] = [];
  const { model, listeners } = await board([task("t1")], { "inbox.list": () => new Promise((resolve) => answers.push(resolve)) });
  listeners.find((one) => one.kinds.includes("inbox."))!.told([]);
  answers[1]!({ items: [] });
  await soon();
  answers[0]!({ items: [{ kind: "question", task_id: "t1" }] });
  await soon();
  assert.deepEqual([...model.asked], []);
});
