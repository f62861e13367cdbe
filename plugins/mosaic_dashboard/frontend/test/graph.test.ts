import assert from "node:assert/strict";
import test from "node:test";
import { Camera } from "../src/graph/camera";
import { Laying } from "../src/graph/laying";
import { HEIGHT, layOut, WIDTH, type Layout } from "../src/graph/layout";
import { firstCollapsed, fold, leavesOfPlan, leavesOfTasks, parentOf, type Leaf } from "../src/graph/model";
import { beside } from "../src/graph/moving";

function leaf(id: string, needs: string[] = [], groups: string[] = []): Leaf {
  return { id, title: id, state: "ready", minutes: null, needs, groups: groups.map((key) => ({ key, title: key })) };
}

/** A graph whose edges lead forth, the same each time. */
function randomGraph(count: number, edgeCount: number): [number, number][] {
  let seed = 7;
  const next = (most: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
  return Array.from({ length: edgeCount }, () => {
    const to = 1 + next(count - 1);
    return [next(to), to] as [number, number];
  });
}

test("what is needed stands before what needs it, and nothing overlaps", () => {
  for (const shape of [[1600, 400], [400, 1600]] as const) {
    const edges = randomGraph(300, 500);
    const { x, y, isDownwards, width, height } = layOut(300, edges, ...shape);
    const along = isDownwards ? y : x;
    for (const [from, to] of edges) assert.ok(along[from]! < along[to]!);
    for (let one = 0; one < 300; one++) {
      assert.ok(x[one]! >= 0 && y[one]! >= 0 && x[one]! + WIDTH <= width + 1 && y[one]! + HEIGHT <= height + 1);
      for (let other = one + 1; other < 300; other++) {
        const apart = Math.abs(x[one]! - x[other]!) >= WIDTH - 0.01 || Math.abs(y[one]! - y[other]!) >= HEIGHT - 0.01;
        assert.ok(apart, `${one} and ${other}`);
      }
    }
  }
});

test("a circle, which folding can make, ends", () => {
  const { x } = layOut(3, [[0, 1], [1, 2], [2, 0]], 100, 100);
  assert.equal(new Set(x).size + new Set(layOut(0, []).x).size > 0, true);
});

test("five thousand tasks are laid out, and no layer is endless", () => {
  const { width, height } = layOut(5000, randomGraph(5000, 8000), 1000, 700);
  assert.ok(width > 0 && height > 0);
  const flat = layOut(5000, [], 1000, 700);
  assert.ok(Math.max(flat.width, flat.height) < 5000 * HEIGHT, "in one line");
});

test("a folded branch stands for its leaves and their dependencies", () => {
  const leaves = [leaf("a", [], ["E", "F1"]), leaf("b", ["a"], ["E", "F1"]), leaf("c", ["a", "b"], ["E", "F2"])];
  const { boxes, edges, placeOf } = fold(leaves, new Set(["F1"]));
  assert.deepEqual(boxes.map((box) => [box.id, box.isGroup, box.leaves.length]), [["F1", true, 2], ["c", false, 1]]);
  assert.deepEqual(edges, [[0, 1]]);
  assert.equal(placeOf.get("b"), 0);
  assert.equal(fold(leaves, new Set(["F1", "E"])).boxes.length, 1);
});

test("what changes while a layout is on its way is not drawn as it was", () => {
  const leaves = [leaf("a"), leaf("b", [], ["F1"])];
  const { boxes } = fold(leaves, new Set(["F1"]));
  for (const one of leaves) one.state = "accepted";
  assert.deepEqual(boxes.map((box) => box.state), ["accepted", ""]);
});

test("large plans begin folded, as little as it takes", () => {
  const leaves = Array.from({ length: 1000 }, (_, index) => leaf(`t${index}`, [], ["E", `F${index % 100}`, `S${index % 500}`]));
  const collapsed = firstCollapsed(leaves, 300);
  assert.equal(fold(leaves, collapsed).boxes.length, 100);
  assert.equal(firstCollapsed(leaves.slice(0, 200), 300).size, 0);
});

test("to depend on an inner node is to depend on all its leaves", () => {
  const found = leavesOfPlan([
    { node_id: "E.001", title: "Epic" },
    { node_id: "F.001.01", title: "One" },
    { node_id: "S.001.01.01", title: "Story", minutes: 5 },
    { node_id: "S.001.01.02", title: "Other" },
    { node_id: "F.001.02", title: "Two", depends_on: ["F.001.01", "E.001"] },
  ]);
  assert.deepEqual(found.map((one) => one.id), ["S.001.01.01", "S.001.01.02", "F.001.02"]);
  assert.deepEqual(found[2]!.needs, ["S.001.01.01", "S.001.01.02"]);
  assert.deepEqual(found[0]!.groups.map((group) => group.title), ["Epic", "One"]);
  assert.equal(parentOf("A.001.01.01.01.01.01"), "ST.001.01.01.01.01");
  assert.equal(parentOf("E.001"), "");
});

test("groups of the same name under different branches are different", () => {
  const task = (id: string, path: string[]) => ({ task_id: id, title: "", state: "ready", minutes: null, path, needs: [] });
  const [one, other] = leavesOfTasks([task("a", ["X", "Same"]), task("b", ["Y", "Same"])]);
  assert.notEqual(one!.groups[1]!.key, other!.groups[1]!.key);
  assert.equal(one!.title, "a");
});

test("the place under the pointer stays where it is while somebody zooms", () => {
  const camera = new Camera(800, 600);
  camera.fit(4000, 3000);
  const before = camera.toPicture(200, 100);
  camera.zoom(1.7, 200, 100);
  const after = camera.toPicture(200, 100);
  for (const at of [0, 1]) assert.ok(Math.abs(before[at]! - after[at]!) < 1e-9);
  camera.zoom(1e9);
  assert.equal(camera.scale, 2);
  assert.deepEqual(camera.toScreen(...camera.toPicture(10, 20)).map(Math.round), [10, 20]);
});

test("all of a picture fits, and what is out of sight is brought in with as little as it takes", () => {
  const camera = new Camera(800, 600);
  camera.fit(4000, 1000);
  const { left, top, right, bottom } = camera.seen;
  assert.ok(left <= 0 && top <= 0 && right >= 4000 && bottom >= 1000);
  camera.scale = 1;
  [camera.x, camera.y] = [0, 0];
  camera.reveal(900, 100, 200, 50);
  assert.deepEqual([camera.x, camera.y], [340, 0]);
  camera.reveal(400, 100, 200, 50);
  assert.deepEqual([camera.x, camera.y], [340, 0], "it is seen already");
});

test("arrows go along dependencies, and to the nearest beside", () => {
  const folded = fold([leaf("a"), leaf("b", ["a"]), leaf("c", ["a"])], new Set());
  const across = { isDownwards: false, width: 500, height: 200, x: Float64Array.of(0, 300, 300), y: Float64Array.of(60, 0, 80) };
  const go = (layout: Layout, from: number, step: string) => beside(folded, layout, from, step);
  assert.deepEqual(["left", "right", "up", "down"].map((step) => go(across, 0, step)), [undefined, 2, undefined, undefined]);
  assert.deepEqual(["left", "up", "down"].map((step) => go(across, 1, step)), [0, undefined, 2]);
  const down: Layout = { ...across, isDownwards: true, x: across.y, y: across.x };
  assert.deepEqual(["up", "down", "left", "right"].map((step) => go(down, 2, step)), [0, undefined, 1, undefined]);
});

test("a graph is laid out without a worker, too, and by a worker that fails; what is asked last counts", () => {
  const asked = { count: 2, edges: [[0, 1]] as [number, number][], width: 10, height: 10 };
  const found: Layout[] = [];
  (globalThis as any).Worker = class {
    constructor() {
      throw new Error("none here");
    }
  };
  new Laying("/w.js", (layout) => found.push(layout)).ask(asked);
  assert.equal(found.length, 1);
  let made: any;
  (globalThis as any).Worker = class {
    sent: any[] = [];
    constructor() {
      made = this;
    }
    postMessage(data: any) {
      this.sent.push(data);
    }
    terminate() {}
  };
  const laying = new Laying("/w.js", (layout) => found.push(layout));
  laying.ask(asked);
  laying.ask({ ...asked, count: 3 });
  made.onmessage({ data: { number: made.sent[0].number, layout: layOut(2, []) } });
  assert.equal(found.length, 1, "it is an older one");
  made.onerror();
  assert.deepEqual([found.length, found[1]!.x.length], [2, 3]);
  laying.close();
});
