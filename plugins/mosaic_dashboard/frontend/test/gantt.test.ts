import assert from "node:assert/strict";
import test from "node:test";
import { axisWords, rowsOf, stepOf, type Item } from "../src/gantt/rows";

function item(id: string, path: string[], start: number, more: Partial<Item> = {}): Item {
  return {
    task_id: id, position: 1, title: id, path, minutes: 10, is_estimated: true, needs: [], earliest_start: start,
    earliest_finish: start + 10, latest_start: start, slack: 0, is_critical: true, ...more,
  };
}

test("rows stand under what they are part of, without what all share", () => {
  const rows = rowsOf([item("a", ["Shop", "One"], 0), item("b", ["Shop", "One"], 10), item("c", ["Shop", "Two"], 5)], new Set());
  assert.deepEqual(rows.map((row) => [row.title, row.depth, row.item !== null]), [["One", 0, false], ["a", 1, true], ["b", 1, true], ["Two", 0, false], ["c", 1, true]]);
  assert.deepEqual([rows[0]!.start, rows[0]!.end], [0, 20]);
});

test("a folded branch stands for all below it", () => {
  const items = [item("a", ["One"], 0, { actual_start: 1, actual_end: 2 }), item("b", ["One"], 10), item("c", ["Two"], 0)];
  const key = rowsOf(items, new Set())[0]!.key;
  const rows = rowsOf(items, new Set([key]));
  assert.deepEqual(rows.map((row) => row.title), ["One", "Two", "c"]);
  assert.deepEqual([rows[0]!.count, rows[0]!.actualStart, rows[0]!.actualEnd], [2, 1, null]);
});

test("tasks without a path are rows of their own", () => {
  assert.deepEqual(rowsOf([item("a", [], 0), item("b", [], 1)], new Set()).map((row) => row.depth), [0, 0]);
});

test("the axis is marked at round times", () => {
  assert.equal(stepOf(280, 900), 30);
  assert.equal(axisWords(90, 30), "1:30 h");
  assert.equal(axisWords(0.5, 1 / 12), "30 s");
  assert.equal(axisWords(2880, 1440), "2 d");
});
