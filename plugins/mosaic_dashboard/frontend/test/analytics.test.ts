// The charts' lines, and the figures beside them.
import assert from "node:assert/strict";
import test from "node:test";
import { CHARTS, type Colours } from "../src/analytics/charts";
import type { Analytics, Bucket } from "../src/analytics/data";
import { count, length, money, percent, tokens } from "../src/analytics/words";

const COLOURS: Colours = { muted: "gray", border: "silver", accent: "blue", good: "green", warn: "orange" };

function bucket(start: number, done: number, total: number, more: Partial<Bucket> = {}): Bucket {
  return {
    start, accepted: 1, first: 1, first_share: 1, lead_p50: 10, lead_p90: 20, cycle_p50: 5, cycle_p90: 9, done, dropped: 0, total, ...more,
  };
}

function analytics(more: Partial<Analytics> = {}): Analytics {
  return {
    bucket: "minute", now: 150_000, days: [], forecast: { left: 0, end_p50: null, end_p90: null },
    series: [bucket(0, 1, 10), bucket(60_000, 2, 10, { dropped: 3 }), bucket(120_000, 3, 12, { dropped: 3 })], ...more,
  };
}

test("burn-up goes from what was done before to now, against what is left of all", () => {
  const chart = CHARTS["burn-up"]!(analytics(), COLOURS);
  assert.deepEqual(chart.at, [0, 60_000, 120_000, 150_000]);
  assert.deepEqual(chart.values, [[0, 1, 2, 3], [10, 10, 7, 9]]);
});

test("a forecast goes on from now to all of it, early and late", () => {
  const chart = CHARTS["burn-up"]!(analytics({ forecast: { left: 6, end_p50: 400_000, end_p90: 900_000 } }), COLOURS);
  assert.deepEqual(chart.at.slice(-2), [400_000, 900_000]);
  assert.deepEqual(chart.values.map((row) => row.slice(-3)), [[3, null, null], [9, null, null], [3, 9, null], [3, null, 9]]);
  assert.ok(chart.values.every((row) => row.length === chart.at.length));
});

test("a day on which nothing was spent is a day", () => {
  const days = [{ name: "2026-11-01", money: 2, tokens: 5 }, { name: "2026-11-03", money: 1, tokens: 5 }];
  assert.deepEqual(CHARTS["cost-by-day"]!(analytics({ days }), COLOURS).values, [[2, 0, 1]]);
  const free = days.map((one) => ({ ...one, money: 0 }));
  assert.deepEqual(CHARTS["cost-by-day"]!(analytics({ days: free }), COLOURS).values, [[5, 0, 5]]);
});

test("figures are words", () => {
  assert.deepEqual([0, 250, 2500, 61_000, 3_600_000, 90_000_000].map(length), ["0", "250 ms", "2.5 s", "1 min 1 s", "1 h", "1 d 1 h"]);
  assert.deepEqual([tokens(900), tokens(1500), tokens(2_500_000)], ["900", "2k", "2.5M"]);
  assert.deepEqual([money(0), money(0.5), percent(0.256), count(0.5), count(3)], ["$0", "$0.50", "26 %", "", "3"]);
});
