// The stream of a page: nothing is lost and nothing comes twice, whatever comes and goes meanwhile.
import assert from "node:assert/strict";
import test from "node:test";
import { LiveStream } from "../src/shell/live";
import { FakeSocket, fakePage, soon } from "./fake_page";

const event = (sequence: number, kind = "task.claimed") => ({ sequence, kind, at: 0, run_id: "r", task_id: "t", by: "", body: {} });

async function opened(cursor = 10) {
  const page = fakePage(() => ({ events: 70 }));
  const toasts: string[] = [];
  const live = new LiveStream(cursor, (text) => toasts.push(text));
  const heard: number[] = [];
  live.on(["task."], (events) => heard.push(...events.map((one) => one.sequence)));
  await soon();
  const socket = FakeSocket.all[0]!.open();
  return { page, live, toasts, heard, socket };
}

test("what is asked for begins where the page was drawn, and is told once a frame", async () => {
  const { page, heard, socket } = await opened();
  const asked = socket.asked("event.follow");
  assert.deepEqual([asked.input, asked.kinds], [{ after: 10 }, ["task."]]);
  socket.tell(asked.subscribe, event(11), event(12));
  assert.deepEqual(heard, []);
  page.frame();
  assert.deepEqual(heard, [11, 12]);
});

test("what waits for a frame while something else is asked for is not lost, and comes once", async () => {
  const { page, live, heard, socket } = await opened();
  const before = socket.asked("event.follow");
  socket.tell(before.subscribe, event(11));
  page.frame();
  socket.tell(before.subscribe, event(12));
  live.on(["mail."], () => {});
  await soon();
  const after = socket.asked("event.follow");
  assert.notEqual(after.subscribe, before.subscribe);
  assert.deepEqual(after.input, { after: 11 }, "event 12 was not told of yet");
  socket.tell(before.subscribe, event(13)); // is on its way still
  socket.tell(after.subscribe, event(12), event(13));
  page.frame();
  assert.deepEqual(heard, [11, 12, 13]);
});

test("after a break each goes on where it was", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, live, heard, socket } = await opened();
  const states: boolean[] = [];
  live.onConnection((connected) => states.push(connected));
  socket.tell(socket.asked("event.follow").subscribe, event(11));
  socket.close();
  page.frame();
  t.mock.timers.tick(1000);
  const next = FakeSocket.all[1]!.open();
  const asked = next.asked("event.follow");
  assert.deepEqual(asked.input, { after: 11 });
  next.tell(asked.subscribe, event(12));
  page.frame();
  assert.deepEqual([heard, states, live.isConnected()], [[11, 12], [false, true], true]);
});

test("it waits longer and longer for a server that is not there, and not at all for nobody", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, socket } = await opened();
  const stop = live.on(["run."], () => {});
  await Promise.resolve();
  socket.close();
  const gaps = [0, 0, 0].map(() => {
    let waited = 0;
    const count = FakeSocket.all.length;
    for (; FakeSocket.all.length === count; waited += 50) t.mock.timers.tick(50);
    FakeSocket.all.at(-1)!.close();
    return waited;
  });
  assert.ok(gaps[1]! > gaps[0]! && gaps[2]! > gaps[1]!, String(gaps));
  stop();
});

test("one listener that fails keeps nothing from the others", async () => {
  const { page, live, socket } = await opened();
  const heard: number[] = [];
  live.on(["run."], () => {
    throw new Error("ill");
  });
  live.on(["run."], (events) => heard.push(events.length));
  await soon();
  socket.tell(socket.asked("event.follow").subscribe, event(11, "run.created"));
  page.frame();
  assert.deepEqual([heard, page.errors.length], [[1], 1]);
});

test("the same function may listen twice, and each ends alone", async () => {
  const { page, live, socket } = await opened();
  const heard: string[] = [];
  const told = (events: { kind: string }[]) => heard.push(...events.map((one) => one.kind));
  const stop = live.on(["run."], told);
  live.on(["mail."], told);
  stop();
  await soon();
  socket.tell(socket.asked("event.follow").subscribe, event(11, "mail.sent"));
  page.frame();
  assert.deepEqual(heard, ["mail.sent"]);
});

test("where the log is another, all is looked at anew and followed from now; a refusal is not asked again at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, toasts, socket } = await opened();
  let looked = 0;
  live.on(["run."], (events) => (looked += events.length ? 0 : 1));
  await Promise.resolve();
  const turn = async () => {
    for (let step = 0; step < 20; step++) await Promise.resolve();
  };
  socket.end(socket.asked("event.follow").subscribe, { code: "ahead-of-log", what: "no such event" });
  t.mock.timers.tick(1);
  await turn();
  await turn();
  assert.deepEqual([looked, socket.asked("event.follow").input, toasts], [1, { after: 70 }, []]);
  socket.end(socket.asked("event.follow").subscribe, { code: "too-many", what: "too many streams" });
  const count = socket.heard.length;
  t.mock.timers.tick(1500);
  await turn();
  assert.deepEqual([socket.heard.length, toasts], [count, ["too many streams"]]);
  t.mock.timers.tick(1000);
  await turn();
  await turn();
  assert.ok(socket.heard.length > count);
});

test("a listener that has ended is told nothing of what has come for it", async () => {
  const { page, live, socket } = await opened();
  const items: unknown[] = [];
  const stop = live.socket.subscribe("task.output", { offset: 0 }, (told) => items.push(...told), { next: (item) => ({ offset: item.offset }) });
  socket.tell(socket.asked("task.output").subscribe, { offset: 5 });
  stop();
  page.frame();
  assert.deepEqual(items, []);
  assert.ok(socket.heard.at(-1)!.unsubscribe);
});

test("who listens with what is older than what was told is told to look, and nobody else is", async () => {
  const { page, live, heard, socket } = await opened();
  socket.tell(socket.asked("event.follow").subscribe, event(11));
  page.frame();
  const told: number[][] = [[], []];
  const listen = (place: number, since?: number) => live.on(["task."], (events) => told[place]!.push(events.length), undefined, since);
  listen(0, 10);
  listen(1, 11);
  await soon();
  assert.deepEqual([told, heard], [[[0], []], [11]]);
});

test("who listens to notices is told once they are followed, and at once where they are already", async () => {
  const { page, live, socket } = await opened();
  const begun: string[] = [];
  const listen = (name: string, topic: string) => live.on([topic], () => {}, () => begun.push(name));
  listen("first", "drafts.changed");
  await soon();
  const before = socket.asked("ui.follow").subscribe;
  listen("second", "agents.changed");
  await soon();
  socket.tell(before, { topic: "ui.changed" }); // is on its way still
  page.frame();
  assert.deepEqual(begun, [], "the second is not followed yet");
  const notice = { topic: "ui.changed" };
  socket.tell(socket.asked("ui.follow").subscribe, notice, notice);
  page.frame();
  listen("third", "drafts.changed");
  await soon();
  assert.deepEqual(begun, ["first", "second", "third"]);
});
