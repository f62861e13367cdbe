// The board's rules: which card is where, in which order, what a move means, and what the address keeps.
import assert from "node:assert/strict";
import test from "node:test";
import type { Task } from "../src/shell/tasks";
import { columnOfCounts, COLUMNS, DONE, ENDED, NEEDS, READY, VERIFYING, WAITING, WORKING } from "../src/board/columns";
import { Deck } from "../src/board/deck";
import { Facets } from "../src/board/facets";
import { idAt, isWithin, levelName, pathTo } from "../src/board/levels";
import { actOf, orderOf, refusalOf, requestOf, stepsTo } from "../src/board/moves";
import { compare, indexOf, insert } from "../src/board/order";
import { agentOf, filterOf, isFiltered, PLAIN, readView, writeView, type View } from "../src/board/view";
import { runningWords, whyOf } from "../src/board/why";
import { geometryOf, heightOf, inSight } from "../src/board/windowing";

const STATES = COLUMNS.flatMap((column) => column.states);

function task(position: number, more: Partial<Task> = {}): Task {
  return {
    run_id: "r", task_id: `T.001.01.01.${String(position).padStart(2, "0")}`, position, title: `Task ${position}`,
    path: ["Epic", "Feature", "Story"], state: "ready", token: 0, attempts: 0, holder: "", lease_until: null, not_before: null,
    priority: 0, unmet: 0, needs: [], runtime: "", labels: [], minutes: 5, approval: "", is_approved: false, reason: "",
    cause: "", commit: "", agent: "", since: null, ...more,
  };
}

/** Numbers that look random and are the same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

const shape = (deck: Deck) =>
  deck.lanes.map((lane) => [lane.key, lane.total, lane.counts, lane.cells.map((cell) => cell.map((card) => [card.key, card.counts, card.leaves.size]))]);

test("what changes one by one stands as if all had been grouped at once", () => {
  for (const [seed, change] of [{}, { level: 0 }, { level: 1, lanes: "0" }, { lanes: "agent" }, { lanes: "label", text: "1" }, { level: 2, states: ["ready", "leased"] }].entries()) {
    const view = { ...PLAIN, ...change };
    const roll = dice(seed + 1);
    const isShown = filterOf(view, (one) => one.state === "gated");
    const deck = new Deck(view, isShown);
    const now = new Map();
    const make = (index: number) =>
      task(index, {
        state: STATES[roll(STATES.length)],
        priority: roll(4),
        runtime: ["", "claude", "codex"][roll(3)],
        labels: [["web"], [], ["docs", "web"]][index % 3],
        path: [`Epic ${index % 3}`, `Feature ${index % 7}`, `Story ${index % 11}`].slice(0, 1 + (index % 4)),
      });
    for (let step = 0; step < 1500; step++) {
      const one = make(roll(120));
      now.set(one.task_id, one);
      deck.put(one);
    }
    const fresh = new Deck(view, isShown, deck);
    fresh.fill(now.values());
    assert.deepEqual(shape(deck), shape(fresh));
    for (const lane of deck.lanes) for (const cell of lane.cells) for (let at = 1; at < cell.length; at++) assert.ok(compare(cell[at - 1]!, cell[at]!) <= 0);
    assert.equal(deck.lanes.reduce((sum, lane) => sum + lane.total, 0), [...now.values()].filter(isShown).length);
  }
});

test("a change touches the cards that it changes, and no other", () => {
  const deck = new Deck(PLAIN, () => true);
  deck.fill(Array.from({ length: 50 }, (_, index) => task(index)));
  const before = new Map([...deck.cards].map(([key, card]) => [key, card.stamp]));
  deck.put(task(7, { state: "leased" }));
  const touched = [...deck.cards].filter(([key, card]) => before.get(key) !== card.stamp).map(([key]) => key);
  assert.deepEqual(touched, [task(7).task_id]);
});

test("ready goes by priority, then position; what ended last is first; what began last is last", () => {
  const deck = new Deck(PLAIN, () => true);
  deck.fill([task(1), task(2, { priority: 3 }), task(3), task(4), task(5, { state: "accepted" })]);
  const column = (index: number) => deck.lanes[0]!.cells[index]!.map((card) => card.task!.position);
  assert.deepEqual(column(READY), [2, 1, 3, 4]);
  for (const position of [4, 1]) deck.put(task(position, { state: "leased" }));
  assert.deepEqual(column(WORKING), [4, 1]);
  for (const position of [1, 4]) deck.put(task(position, { state: "accepted" }));
  assert.deepEqual(column(DONE), [4, 1, 5]);
});

test("a lane is there as long as something is in it, and a grouping anew is no news", () => {
  const deck = new Deck({ ...PLAIN, lanes: "agent" }, () => true);
  deck.fill([task(1, { runtime: "claude" }), task(2, { runtime: "codex" })]);
  deck.put(task(2, { runtime: "claude" }));
  assert.deepEqual(deck.lanes.map((lane) => [lane.key, lane.total]), [["claude", 2]]);
  const fresh = new Deck(PLAIN, () => true, deck);
  fresh.fill([task(1, { state: "accepted" }), task(2, { state: "accepted" })]);
  assert.deepEqual(fresh.lanes[0]!.cells[DONE]!.map((card) => card.task!.position), [2, 1]);
});

test("a card of many stands with its least advanced moving part", () => {
  const at = (counts: Record<number, number>) => columnOfCounts(COLUMNS.map((_, index) => counts[index] ?? 0));
  assert.equal(at({ [WORKING]: 1, [VERIFYING]: 2, [WAITING]: 9, [DONE]: 3 }), WORKING);
  assert.equal(at({ [VERIFYING]: 1, [READY]: 4 }), VERIFYING);
  assert.equal(at({ [NEEDS]: 1, [READY]: 4, [WAITING]: 2 }), NEEDS);
  assert.equal(at({ [WAITING]: 2, [DONE]: 4, [ENDED]: 1 }), WAITING);
  assert.equal(at({ [DONE]: 4, [ENDED]: 1 }), ENDED);
  assert.equal(at({ [DONE]: 4 }), DONE);
});

test("a move is an operation, or has a reason why not", () => {
  const acts = (state: string) => COLUMNS.map((_, column) => actOf(task(1, { state }), column));
  assert.deepEqual(acts("gated"), [null, null, "approve", null, null, null, "deny"]);
  assert.deepEqual(acts("delayed"), [null, null, "retry", null, null, null, "cancel"]);
  for (const state of ["failed", "cancelled", "skipped"]) assert.deepEqual(acts(state), [null, null, "retry", null, null, null, null]);
  for (const state of ["blocked", "ready", "leased", "reported"]) assert.deepEqual(acts(state), [null, null, null, null, null, null, "cancel"]);
  for (const state of ["merging", "accepted"]) assert.deepEqual(acts(state), Array(7).fill(null));
  for (const state of STATES) {
    for (const column of COLUMNS.keys()) assert.ok(actOf(task(1, { state }), column) || refusalOf(task(1, { state }), column).length > 10);
  }
  assert.equal(stepsTo([task(1), task(2, { state: "gated" })], READY).length, 1);
  const denied = requestOf({ task: task(1), act: "deny" }, "no");
  assert.deepEqual(denied, { operation: "task.approve", input: { run_id: "r", task_id: task(1).task_id, is_granted: false, comment: "no" } });
});

test("an order names the task that it goes before, or a priority behind the last", () => {
  const [first, last] = [task(1, { priority: 7 }), task(9, { priority: 2 })] as const;
  const input = (one: Task, more: object) => ({ run_id: "r", task_id: one.task_id, ...more });
  assert.deepEqual(orderOf(last, first, undefined), { input: input(last, { before: first.task_id }), priority: 8 });
  assert.deepEqual(orderOf(first, undefined, last), { input: input(first, { priority: 1 }), priority: 1 });
  assert.equal(orderOf(first, undefined, first), null);
});

test("the address keeps the view, and what else it holds", () => {
  const view = { ...PLAIN, level: 2, lanes: "1", text: "a b&c", states: ["failed", "ready"], agent: "x › y", label: "ü", isMine: true,
    within: "Epic › Feature", columns: ["done"], folded: ["A", "B, C"] };
  const query = writeView(view, new URLSearchParams("run_id=r1"));
  assert.equal(query.get("run_id"), "r1");
  assert.deepEqual(readView(new URLSearchParams(query.toString())), view);
  assert.equal(writeView(PLAIN, query).toString(), "run_id=r1");
  assert.deepEqual(readView(new URLSearchParams("level=x&lanes=evil&states=nope,ready&columns=zzz")), { ...PLAIN, states: ["ready"] });
  assert.equal(isFiltered({ ...PLAIN, lanes: "agent", level: 1 }), false);
});

test("filters look at words, states, agents, labels, places, and at what asks a person", () => {
  const one = task(1, { title: "Add Search", labels: ["web"], runtime: "claude" });
  const is = (change: Partial<View>, waits = false) => filterOf({ ...PLAIN, ...change }, () => waits)(one);
  assert.ok(is({ text: "search  EPIC" }) && is({ states: ["ready"] }) && is({ agent: "claude" }) && is({ label: "web" }));
  assert.ok(is({ within: "Epic › Feature" }) && !is({ within: "Epic › Feat" }));
  assert.ok(!is({ text: "search no" }) && !is({ states: ["failed"] }) && !is({ agent: "codex" }) && !is({ label: "docs" }));
  assert.ok(is({ isMine: true }, true) && !is({ isMine: true }, false));
});

test("a task is whose attempt it was; one that waits is asked for by name", () => {
  const of = (state: string, agent: string, runtime = "") => agentOf(task(1, { state, agent, runtime }));
  assert.deepEqual([of("leased", "a"), of("accepted", "a"), of("failed", "a"), of("ready", "a"), of("ready", "a", "b"), of("accepted", "", "b")],
    ["a", "a", "a", "", "b", "b"]);
});

test("levels have the plan's names and identifiers", () => {
  assert.equal(idAt("A.001.02.03.01.01.02", 1), "F.001.02");
  assert.equal(idAt("T.001.02.03.01", 2), "S.001.02.03");
  assert.equal(idAt("build.test", 0), "");
  assert.equal(levelName(1, true), "Features");
  assert.equal(levelName(1, false), "Level 2");
  assert.equal(pathTo(["a", "b"], 2), "");
  assert.ok(isWithin(["a", "b"], "a") && !isWithin(["ab"], "a"));
  const facets = new Facets();
  facets.put(task(1, { labels: ["b", "a"], agent: "z", state: "accepted" }));
  assert.deepEqual([facets.lists(), facets.levels, facets.isPlan], [{ agents: ["z"], labels: ["a", "b"] }, 3, true]);
});

test("why a task is where it is", () => {
  const failed = task(1, { state: "failed", title: "Base" });
  const tasks = new Map([[failed.task_id, failed], [task(2).task_id, task(2)]]);
  assert.equal(whyOf(task(3, { state: "blocked", needs: [task(2).task_id, failed.task_id], unmet: 2 }), tasks, 0), "waits for Base, which is failed and 1 more");
  assert.equal(whyOf(task(3, { state: "delayed", not_before: 12_000, reason: "flaky" }), tasks, 0), "tries again in 12 s: flaky");
  assert.equal(whyOf(task(3), tasks, 0), "");
  assert.equal(runningWords(0, 125_000), "2 min 05 s");
});

test("only what is in sight is drawn", () => {
  const one = geometryOf(150, 100, 8);
  assert.deepEqual([one.across, heightOf(10_000, one)], [1, 10_000 * 108 - 8]);
  const [from, to] = inSight(10_000, 54_000, 54_800, one);
  assert.ok(from > 480 && from < 500 && to > 508 && to - from < 20, "and some rows beyond");
  const wide = geometryOf(1000, 100, 8);
  assert.equal(wide.across, 4);
  assert.equal(inSight(10, 0, 800, wide)[1], 10);
});

test("an item is found among its equals", () => {
  const items: { rank: number; tie: number; index: number }[] = [];
  const cards = Array.from({ length: 9 }, (_, index) => ({ rank: index % 2, tie: 1, index }));
  for (const card of cards) insert(items, card);
  for (const card of cards) assert.equal(items[indexOf(items, card)], card);
  assert.equal(indexOf(items, { rank: 5, tie: 0, index: 9 }), -1);
});
