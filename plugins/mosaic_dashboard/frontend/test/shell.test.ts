import assert from "node:assert/strict";
import test from "node:test";
import { AnsiWriter, lastTurn } from "../src/shell/ansi";
import { problemWords, Refused, wordsOf } from "../src/shell/api";
import { scanIslands } from "../src/shell/islands";
import { matches } from "../src/shell/live";
import { filledInput } from "../src/shell/palette";
import { Slips } from "../src/shell/slips";
import { agoWords, durationWords } from "../src/shell/times";
import { isDecision } from "../src/shell/typing";
import { fakePage } from "./fake_page";

test("kinds are asked for whole, or by their beginning", () => {
  assert.ok(matches("task.claimed", ["task."]));
  assert.ok(matches("run.finished", ["run.finished"]));
  assert.ok(!matches("run.finished.late", ["run.finished"]));
  assert.ok(!matches("tasks", ["task."]));
  assert.ok(!matches("task.renewed", ["task.", "run."]), "nothing is drawn anew for it");
  assert.ok(matches("task.renewed", ["task.", "task.renewed"]));
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

test("what went wrong is said with what to do about it", () => {
  const problem = { code: "no-run", what: "there is no such run", where: "run_id", got: "'x'", hint: "List them." };
  assert.equal(problemWords(problem), "there is no such run (run_id): 'x'. List them.");
  assert.equal(wordsOf(new Refused({ code: "c", what: "No." })), "No.");
  assert.deepEqual([wordsOf(new Error("lost")), wordsOf("odd")], ["lost", "odd"]);
});

test("a key decides nothing where somebody writes, holds it, composes, or has turned keys off", () => {
  let kept: string | null = null;
  (globalThis as any).localStorage = { getItem: () => kept };
  (globalThis as any).HTMLElement = class {
    isContentEditable = false;
    constructor(readonly isField: boolean) {}
    matches = () => this.isField;
  };
  const [page, field] = [false, true].map((isField) => new (globalThis as any).HTMLElement(isField));
  const press = (more: object) => isDecision({ target: page, ctrlKey: false, ...more } as unknown as KeyboardEvent);
  assert.ok(press({}));
  for (const more of [{ target: field }, { repeat: true }, { isComposing: true }, { ctrlKey: true }, { altKey: true }, { metaKey: true }, { defaultPrevented: true }]) {
    assert.ok(!press(more), JSON.stringify(more));
  }
  kept = "off";
  assert.ok(!press({}));
});

/** Lines of output as [classes, text] pairs. */
function ansi(...lines: string[]): string[][] {
  const element = () => ({ className: "", textContent: "" });
  (globalThis as any).document = {
    createDocumentFragment: () => ({ parts: [] as any[], append(part: any) { this.parts.push(part); } }),
    createElement: element,
  };
  const writer = new AnsiWriter();
  return lines.map((line) => (writer.line(line) as any).parts.map((part: any) => (typeof part === "string" ? part : `${part.className}|${part.textContent}`)));
}

test("colours are classes and go on over lines; every other sequence is left out", () => {
  assert.deepEqual(ansi("a\x1b[1;31mb", "c\x1b[22md\x1b[0me"), [["a", "ansi-b ansi-1|b"], ["ansi-b ansi-1|c", "ansi-1|d", "e"]]);
  assert.deepEqual(ansi("\x1b]0;title\x07x\x1b[2Jy\x1b[38;5;1mz\x1b[48;2;3;31;4mw"), [["x", "y", "z", "w"]]);
  assert.deepEqual(ansi("10 %\r20 %\r", "\u202eevil\x00"), [["20 %"], ["evil"]]);
  assert.deepEqual([lastTurn("a\rb"), lastTurn("a\r"), lastTurn("a")], [1, -1, -1]);
});

test("islands are mounted once, ended when they leave the page, and one that fails is told of once", async () => {
  const page = fakePage();
  const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const island = (code: string) => ({ isConnected: true, dataset: { island: "x", module: module(code) } as Record<string, string>, querySelector: () => ({ textContent: '{"a": 1}' }) });
  let all = [
    island("export default (_, context) => { globalThis.seen = context.data.a; return () => { globalThis.ended = true; } }"),
    island("export default () => { globalThis.tried = (globalThis.tried ?? 0) + 1; throw new Error('ill') }"),
    island("export default () => () => { throw new Error('ill at its end') }"),
    island("this is no module"),
  ];
  (globalThis as any).document.querySelectorAll = () => all;
  const toasts: string[] = [];
  const context = { params: {}, toast: (text: string) => toasts.push(text) } as any;
  const scan = async () => {
    scanIslands(context);
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  await scan();
  await scan();
  const seen = globalThis as any;
  assert.deepEqual([seen.seen, seen.tried, toasts.length, all[0]!.dataset.mounted], [1, 1, 2, ""]);
  for (const one of all) one.isConnected = false;
  all = [];
  await scan();
  assert.deepEqual([seen.ended, page.errors.length], [true, 1]);
});

test("what an island listens to begins where the page was drawn, though its module comes later", async () => {
  const page = fakePage();
  page.body.dataset.cursor = "7";
  const code = "export default (_, { live }) => live.on(['task.'], () => {})";
  const one = { isConnected: true, dataset: { module: `data:text/javascript,${encodeURIComponent(code)}` }, querySelector: () => null };
  (globalThis as any).document.querySelectorAll = () => [one];
  const since: unknown[] = [];
  scanIslands({ live: { on: (...given: unknown[]) => (since.push(given[3]), () => {}) } } as any);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(since, [7]);
});

test("a second tap decides nothing on what has slid under the thumb", () => {
  const slips = new Slips();
  assert.ok(!slips.isSlip("item-a", 0), "nothing was decided yet");
  slips.note("item-a", 1000);
  assert.ok(slips.isSlip("item-b", 1300));
  assert.ok(!slips.isSlip("item-a", 1300), "the same one is no slip");
  assert.ok(!slips.isSlip("", 1300), "what is no item's own is free");
  slips.note("item-a", 1600); // its answer has come, and the page was drawn anew
  assert.ok(slips.isSlip("item-b", 2200));
  assert.ok(!slips.isSlip("item-b", 2300));
  slips.note("", 2300);
  assert.ok(!slips.isSlip("item-b", 2400));
});
