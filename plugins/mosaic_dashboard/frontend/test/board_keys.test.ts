// The keys on a card: where arrows lead, what is selected, and how a card is lifted, carried and dropped without a mouse.
import assert from "node:assert/strict";
import test from "node:test";
import { NEEDS, READY, WORKING } from "../src/board/columns";
import { onKey } from "../src/board/keyboard";
import type { Model } from "../src/board/model";
import { soon } from "./fake_page";
import { board, task } from "./fake_world";

class FakeElement {
  constructor(readonly dataset: { card: string }) {}
  matches = () => true;
}

/** Press a key on the card that has the focus; whether it did something. */
function press(model: Model, key: string, more: object = {}): boolean {
  let isDone = false;
  const target = new FakeElement({ card: model.focus });
  onKey(model, { key, target, preventDefault: () => (isDone = true), ...more } as unknown as KeyboardEvent);
  return isDone;
}

async function opened(answers: Record<string, (input: any) => unknown> = {}) {
  (globalThis as any).HTMLElement = FakeElement;
  const ready = ["t1", "t2", "t3", "t4", "t5"].map((id) => task(id));
  const world = await board([...ready, task("t6", { state: "leased" }), task("t7", { state: "gated" })], answers);
  (globalThis as any).document.querySelector = () => null;
  const go = (...keys: string[]) => {
    for (const key of keys) press(world.model, key);
    return world.model.focus;
  };
  return { ...world, go };
}

test("arrows go along a column and over to the next that has cards", async () => {
  const { model, go } = await opened();
  model.focus = "t1";
  assert.equal(go("ArrowDown", "ArrowDown"), "t3");
  assert.equal(go("ArrowUp"), "t2");
  assert.deepEqual([go("End"), go("Home")], ["t5", "t1"]);
  assert.deepEqual([go("ArrowRight"), go("ArrowRight"), go("ArrowLeft", "ArrowLeft")], ["t6", "t6", "t7"]);
  assert.ok(press(model, "ArrowLeft"), "the page does not scroll instead");
  assert.ok(!press(model, "z") && !press(model, "ArrowRight", { ctrlKey: true }));
});

test("in a wide column right goes to the card beside, down to the one below", async () => {
  const { model, go } = await opened();
  model.across[READY] = 2;
  model.focus = "t1";
  assert.deepEqual([go("ArrowRight"), go("ArrowDown"), go("ArrowLeft")], ["t2", "t4", "t3"]);
  assert.equal(go("ArrowRight", "ArrowRight"), "t6", "from the end of a row over to the next column");
  assert.equal(go("ArrowLeft"), "t2", "and back to the end of the row that was nearest");
});

test("x selects, Shift goes on from there, Escape lets go", async () => {
  const { model, go } = await opened();
  model.focus = "t2";
  go("x");
  press(model, "ArrowDown", { shiftKey: true });
  press(model, "ArrowDown", { shiftKey: true });
  assert.deepEqual([...model.selected], ["t2", "t3", "t4"]);
  assert.deepEqual(model.meant(model.deck.cards.get("t3")!).map((card) => card.key), ["t2", "t3", "t4"]);
  go("Escape");
  assert.equal(model.selected.size, 0);
});

test("a lifted card goes only where it can, and Escape puts it back", async () => {
  const { model, go, asked } = await opened();
  model.focus = "t7";
  go(" ");
  assert.match(model.said, /^Lifted Task t7\. It can go to Ready and Ended\./);
  assert.equal(model.lift!.over, NEEDS);
  go("ArrowRight");
  assert.deepEqual([model.lift!.over, model.said], [READY, "Ready. Approve"]);
  go("ArrowRight");
  assert.equal(model.lift!.over, WORKING + 3, "over what refuses it");
  const before = asked.length;
  go("Escape");
  assert.deepEqual([model.lift, asked.length], [null, before]);
});

test("a gate is approved by keys alone", async () => {
  const { model, go, asked } = await opened({ "task.approve": () => task("t7", { state: "ready" }) });
  model.focus = "t7";
  go(" ", "ArrowRight", "Enter");
  await soon();
  assert.deepEqual(asked.at(-1), { operation: "task.approve", input: { run_id: "r", task_id: "t7", is_granted: true } });
});

test("in its column a card steps over itself: before and behind itself are one place", async () => {
  const { model, go } = await opened();
  model.focus = "t2";
  const said: string[] = [];
  go(" ");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp"]) {
    go(key);
    said.push(model.said.trim());
  }
  assert.deepEqual(said, ["Before Task t4.", "Before Task t5.", "Before Task t4.", "Where it was.", "Before Task t1.", "Before Task t1."]);
});
