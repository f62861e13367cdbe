// The tree of a plan: what follows from its nodes, and what is chosen, open and lit in it.
import assert from "node:assert/strict";
import test from "node:test";
import { isWithin, modelOf } from "../src/plan/model";
import { PlanStore } from "../src/plan/store";
import type { Draft, PlanNode } from "../src/plan/types";
import { fakePage, soon } from "./fake_page";

const NODES: PlanNode[] = [
  { node_id: "E.001", title: "Shop" },
  { node_id: "F.001.01", title: "Search" },
  { node_id: "S.001.01.01", title: "Index", minutes: 20, serves: ["R1"] },
  { node_id: "S.001.01.02", title: "Query", minutes: 15, serves: ["R1", "R2"], depends_on: ["S.001.01.01"] },
  { node_id: "F.001.02", title: "Pay", minutes: 30, depends_on: ["F.001.01"] },
];
const requirement = (id: string, start: number, end: number, served: string[]) => ({
  requirement_id: id, kind: "criterion", text: `Text of ${id}`, start, end, served_by: served,
});
const finding = (subject: string, severity: "error" | "warning") => ({ code: "UPP1", severity, message: "m", subject, hint: "", is_fixable: false });

function draft(more: Partial<Draft> = {}): Draft {
  return {
    id: "d", version: 1, title: "Shop", can_undo: true, can_redo: false, undo: "rename", redo: "", renumbered: {}, added: [],
    plan: { title: "Shop", nodes: NODES }, document: "# Shop\none\ntwo", source: "PRD.md",
    findings: [finding("S.001.01.02", "error"), finding("F.001.02", "warning"), finding("R2", "warning")],
    coverage: [requirement("R1", 1, 3, ["S.001.01.01", "S.001.01.02"]), requirement("R2", 2, 2, ["S.001.01.02"]), requirement("R3", 0, 0, [])],
    ...more,
  };
}

test("sums, leaves, what serves and who waits follow from the nodes", () => {
  const { roots, byId, byLine, others } = modelOf(draft());
  assert.deepEqual(roots.map((one) => [one.id, one.minutes, one.leaves.length, [...one.serves]]), [["E.001", 65, 3, ["R1", "R2"]]]);
  assert.deepEqual(byId.get("F.001.01")!.dependants, ["F.001.02"]);
  assert.deepEqual(["E.001", "F.001.02", "S.001.01.02"].map((id) => [byId.get(id)!.place, byId.get(id)!.depth]), [[0, 0], [1, 1], [1, 2]]);
  assert.deepEqual([...byLine].map(([line, there]) => [line, there.map((one) => one.requirement_id)]), [[1, ["R1"]], [2, ["R2", "R1"]], [3, ["R1"]]]);
  assert.deepEqual(others.map((one) => one.subject), ["R2"]);
  assert.deepEqual(["S.001.01.02", "F.001.01", "F.001.02", "S.001.01.01", "E.001"].map((id) => byId.get(id)!.worst), ["error", "error", "warning", "", "error"]);
});

test("a branch is within itself and what it is part of, and in nothing else", () => {
  const { byId } = modelOf(draft());
  const [epic, feature, story, other] = ["E.001", "F.001.01", "S.001.01.01", "F.001.02"].map((id) => byId.get(id)!);
  assert.ok(isWithin(story!, story!) && isWithin(story!, epic!) && isWithin(story!, feature!));
  assert.ok(!isWithin(epic!, story!) && !isWithin(story!, other!));
});

function store(answers: Record<string, (input: any) => unknown> = {}, params: Record<string, string> = {}) {
  const page = fakePage();
  Object.assign((globalThis as any).document, { querySelector: () => null });
  const asked: [string, any][] = [];
  const toasts: string[] = [];
  const made = new PlanStore({ kind: "draft", shown: draft() }, {
    data: {}, params,
    call: async (operation: string, input: any) => {
      asked.push([operation, input]);
      const answer = await answers[operation]?.(input);
      if (answer instanceof Error) throw answer;
      return answer as any;
    },
    follow: () => () => {},
    live: { isConnected: () => true, on: () => () => {} },
    toast: (text: string) => void toasts.push(text),
    go: () => {},
    keys: () => () => {},
  });
  return { store: made, asked, toasts, page };
}

test("rows are those of open branches, or those with the words and what they are part of", () => {
  const { store: made } = store();
  const rows = () => made.rows.value.map((one) => one.id);
  made.closeBelow(1);
  assert.deepEqual(rows(), ["E.001", "F.001.01", "F.001.02"]);
  made.words.value = "query";
  assert.deepEqual(rows(), ["E.001", "F.001.01", "S.001.01.02"]);
  made.words.value = "";
  made.choose({ kind: "requirement", id: "R2" });
  assert.deepEqual([rows().length, [...made.lit.value]], [5, ["S.001.01.02"]]);
  made.choose({ kind: "node", id: "S.001.01.01" });
  assert.deepEqual([...made.litRequirements.value], ["R1"]);
});

test("the node that the address names is chosen", () => {
  assert.deepEqual(store({}, { node: "F.001.02" }).store.chosen.value, { kind: "node", id: "F.001.02" });
  assert.equal(store({}, { node: "F.009.02" }).store.chosen.value, null);
});

test("what is chosen and closed follows its node where an edit names it anew", async () => {
  const renumbered = { "F.001.01": "F.001.02", "F.001.02": "F.001.01" };
  const nodes = NODES.filter((one) => one.node_id.startsWith("E.") || one.node_id.startsWith("F."));
  const { store: made, asked } = store({ "draft.edit": () => draft({ version: 2, renumbered, plan: { title: "Shop", nodes } }) });
  made.choose({ kind: "node", id: "F.001.02" });
  made.toggle("F.001.01", false);
  assert.equal(await made.edit({ kind: "move_node", node: "F.001.02", parent: "E.001", position: 0 }), true);
  assert.deepEqual(asked[0], ["draft.edit", { id: "d", version: 1, edits: [{ kind: "move_node", node: "F.001.02", parent: "E.001", position: 0 }] }]);
  assert.deepEqual([made.chosen.value, [...made.closed.value]], [{ kind: "node", id: "F.001.01" }, ["F.001.02"]]);
});

test("what cannot be done is said, and nothing changes", async () => {
  const { store: made, toasts, asked } = store({ "draft.edit": () => new Error("not now") });
  assert.equal(await made.edit({ kind: "fix" }), false);
  assert.equal(await made.redo(), false);
  await soon();
  assert.deepEqual([toasts, made.isBusy.value, made.draft.version, asked.length], [["not now"], false, 1, 1]);
});

test("an answer that comes late ends nothing that is being written by then", async () => {
  let done = (_: unknown) => {};
  const { store: made } = store({ "draft.edit": () => new Promise((resolve) => (done = resolve)) });
  made.choose({ kind: "node", id: "F.001.02" });
  const answer = async (version: number) => {
    const editing = made.edit({ kind: "add_node", title: "New", parent: "E.001", position: 0 });
    await soon();
    return { come: () => (done(draft({ version, renumbered: { "F.001.02": "F.001.01", "F.001.01": "F.001.02" }, added: ["S.001.01.01"] })), editing) };
  };
  const first = await answer(2);
  made.add("F.001.02", 0);
  await first.come();
  assert.deepEqual([made.adding.value?.parent, made.chosen.value], ["F.001.01", { kind: "node", id: "F.001.01" }]);
  made.adding.value = null;
  const second = await answer(3);
  made.renaming.value = "F.001.01";
  await second.come();
  assert.equal(made.renaming.value, "F.001.02");
  made.renaming.value = "";
  const third = await answer(4);
  await third.come();
  assert.deepEqual(made.chosen.value, { kind: "node", id: "S.001.01.01" }, "nobody writes: what was added is chosen");
});

test("what is not answered yet can be undone", async () => {
  let done = (_: unknown) => {};
  const { store: made, asked } = store({
    "draft.edit": () => new Promise((resolve) => (done = resolve)),
    "draft.undo": () => draft({ version: 4, can_undo: false }),
  });
  made.shown.value = draft({ can_undo: false });
  assert.equal(await made.undo(), false, "there is nothing to undo");
  const editing = made.edit({ kind: "fix" });
  await soon();
  const undoing = made.undo();
  done(draft({ version: 2 }));
  assert.deepEqual([await editing, await undoing, asked.at(-1)], [true, true, ["draft.undo", { id: "d", version: 2 }]]);
});
