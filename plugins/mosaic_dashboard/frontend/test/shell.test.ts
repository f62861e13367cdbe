import assert from "node:assert/strict";
import test from "node:test";
import { matches } from "../src/shell/live";
import { filledInput } from "../src/shell/palette";
import { agoWords, durationWords } from "../src/shell/times";

test("kinds are asked for whole, or by their beginning", () => {
  assert.ok(matches("task.claimed", ["task."]));
  assert.ok(matches("run.finished", ["run.finished"]));
  assert.ok(!matches("run.finished.late", ["run.finished"]));
  assert.ok(!matches("tasks", ["task."]));
});

test("a command's input takes the page's parameters", () => {
  assert.deepEqual(filledInput({ run_id: "{run_id}", limit: 3, none: "{x}", deep: ["{run_id}"] }, { run_id: "r" }), { run_id: "r", limit: 3, deep: ["r"] });
});

test("times are words", () => {
  assert.equal(agoWords(1000, 1500), "now");
  assert.equal(agoWords(0, 125_000), "2 min ago");
  assert.equal(agoWords(10_000, 0), "in 10 s");
  assert.equal(durationWords(3900), "1 h 5 min");
  assert.equal(durationWords(2.14), "2.1 s");
});
