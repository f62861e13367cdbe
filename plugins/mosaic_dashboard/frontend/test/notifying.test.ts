// What newly waits is told to whoever looks elsewhere: each once, however late answers come.
import assert from "node:assert/strict";
import test from "node:test";
import { notifyOfWaiting } from "../src/shell/notifying";
import { fakePage, soon } from "./fake_page";
import { context } from "./fake_world";

const GAP = 1000;

test("what comes while an answer is on its way is looked at after it", async (t) => {
  fakePage();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told: string[] = [];
  const page = globalThis as any;
  page.window = Object.assign(new EventTarget(), { setTimeout: page.setTimeout, Notification: true });
  page.localStorage = { getItem: () => null };
  page.Notification = class {
    static permission = "granted";
    constructor(_: string, options: { tag: string }) {
      told.push(options.tag);
    }
  };
  page.document.hidden = true;
  const answers: ((ids: string[]) => Promise<unknown>)[] = [];
  const { made, listeners } = context({
    "inbox.list": () => new Promise((resolve) => answers.push((ids) => (resolve({ items: ids.map((id) => ({ id, title: id })) }), soon()))),
  });
  const pass = async () => {
    t.mock.timers.tick(GAP);
    await soon();
  };
  notifyOfWaiting(made);
  await soon();
  listeners[0]!.told([]);
  await pass();
  assert.equal(answers.length, 1, "one after the other");
  await answers[0]!(["old"]);
  await answers[1]!(["old", "one"]);
  listeners[0]!.told([]);
  await pass();
  listeners[0]!.told([]); // while the third is on its way, which does not see it any more
  await answers[2]!(["old", "one"]);
  await pass();
  await answers[3]!(["old", "one", "two"]);
  assert.deepEqual(told, ["one", "two"]);
});
