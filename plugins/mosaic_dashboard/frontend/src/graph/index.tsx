/** The dependency graph of a run or a draft: pan, zoom, fold, choose, and in drafts draw and remove dependencies. */
import "./graph.css";
import { render } from "preact";
import { wordsOf, type Context, type Stop } from "../shell/api";
import { onColours } from "../shell/colours";
import { stateWord } from "../shell/states";
import { isWriting } from "../shell/typing";
import { Bar } from "./bar";
import { frameIn, type Frame } from "./frame";
import { Laying } from "./laying";
import type { Layout } from "./layout";
import { firstCollapsed, fold, type Leaf } from "./model";
import { KEYS, UNDO_KEYS } from "./keys";
import { beside } from "./moving";
import { Panel } from "./panel";
import { Picture } from "./picture";
import { Pointer } from "./pointer";
import { DraftSource, RunSource, type Source } from "./source";

const MOST_AT_FIRST = 300;

interface Data {
  run_id?: string;
  draft?: string;
  worker: string;
}

export default function mount(element: HTMLElement, context: Context): () => void {
  const graph = new Graph(element, context, context.data as Data);
  void graph.open();
  return () => graph.close();
}

class Graph {
  private readonly source: Source;
  private readonly picture: Picture;
  private readonly frame: Frame;
  private readonly laying: Laying;
  private readonly pointer: Pointer;
  private byId = new Map<string, Leaf>();
  private dependants = new Map<string, string[]>();
  private collapsed: Set<string> | null = null;
  private chosenId = "";
  private isFitted = false;
  private isTouched = false;
  private readonly forgetKeys: Stop;
  private readonly stopColours: Stop;

  constructor(element: HTMLElement, private readonly context: Context, data: Data) {
    this.source = data.draft ? new DraftSource(context, data.draft) : new RunSource(context, data.run_id ?? "");
    const { canvas } = (this.frame = frameIn(element));
    this.picture = new Picture(canvas, () => {
      if (!this.isTouched) this.picture.begin();
    });
    this.picture.hasEnds = this.source.isEditable;
    this.laying = new Laying(data.worker, (layout) => this.laidOut(layout));
    this.pointer = new Pointer(canvas, this.picture, {
      choose: (box) => this.choose(box),
      open: (box) => this.openBox(box),
      connect: this.source.isEditable ? (from, to) => this.connect(from, to) : undefined,
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["keydown", "pointerdown", "wheel"]) canvas.addEventListener(kind, () => (this.isTouched = true), { passive: true });
    document.addEventListener("keydown", this.undoKeys);
    this.forgetKeys = context.keys("On the graph", this.source.isEditable ? [...KEYS, ...UNDO_KEYS] : KEYS);
    this.stopColours = onColours(() => this.picture.recolour());
  }

  async open(): Promise<void> {
    try {
      await this.source.open((onlyStates) => this.changed(onlyStates));
    } catch (error) {
      this.context.toast(wordsOf(error), "bad");
    }
  }

  close(): void {
    this.source.close();
    this.laying.close();
    this.pointer.close();
    this.picture.close();
    document.removeEventListener("keydown", this.undoKeys);
    this.forgetKeys();
    this.stopColours();
    render(null, this.frame.panel);
  }

  private changed(onlyStates: boolean): void {
    if (onlyStates) {
      this.picture.touch();
      this.drawPanel();
      return;
    }
    const leaves = this.source.leaves;
    this.byId = new Map(leaves.map((leaf) => [leaf.id, leaf]));
    this.dependants = new Map();
    for (const leaf of leaves) {
      for (const need of leaf.needs) {
        const listed = this.dependants.get(need);
        if (listed) listed.push(leaf.id);
        else this.dependants.set(need, [leaf.id]);
      }
    }
    this.collapsed ??= firstCollapsed(leaves, MOST_AT_FIRST);
    this.foldAnew();
  }

  private foldAnew(): void {
    this.waiting = fold(this.source.leaves, this.collapsed ?? new Set());
    const { clientWidth: width, clientHeight: height } = this.picture.canvas;
    this.laying.ask({ count: this.waiting.boxes.length, edges: this.waiting.edges, width, height });
  }

  private waiting: Picture["folded"] | null = null;

  private laidOut(layout: Layout): void {
    if (!this.waiting) return;
    this.pointer.letGo();
    this.picture.folded = this.waiting;
    this.picture.layout = layout;
    this.picture.hovered = -1;
    this.picture.selected = this.placeOfChosen();
    if (!this.isFitted) this.picture.begin();
    this.isFitted = true;
    if (this.picture.selected >= 0) this.picture.reveal(this.picture.selected);
    this.drawBar();
    this.drawPanel();
  }

  private placeOfChosen(): number {
    const { boxes, placeOf } = this.picture.folded;
    const place = placeOf.get(this.chosenId);
    return place ?? boxes.findIndex((box) => box.id === this.chosenId);
  }

  private choose(place: number): void {
    const box = this.picture.folded.boxes[place];
    this.chosenId = box?.id ?? "";
    this.picture.selected = box ? place : -1;
    this.picture.reveal(this.picture.selected);
    this.frame.said.textContent = box ? `${box.title}, ${box.isGroup ? `${box.leaves.length} tasks` : stateWord(box.state)}` : "";
    this.drawPanel();
  }

  private chooseId(id: string): void {
    const leaf = this.byId.get(id);
    this.chosenId = id;
    if (!leaf) return this.choose(this.placeOfChosen());
    for (const group of leaf.groups) this.collapsed?.delete(group.key);
    this.foldAnew();
  }

  private openBox(place: number): void {
    const box = this.picture.folded.boxes[place];
    if (!box) return;
    if (box.isGroup) this.toggle(box.id);
    else this.context.go(this.source.hrefOf(box.id));
  }

  private toggle(key: string): void {
    if (!this.collapsed) return;
    if (this.collapsed.has(key)) {
      this.collapsed.delete(key);
      // One level at a time: what is below stays folded.
      const below = new Set<string>();
      for (const leaf of this.source.leaves) {
        const depth = leaf.groups.findIndex((group) => group.key === key);
        const next = depth >= 0 ? leaf.groups[depth + 1] : undefined;
        if (next) below.add(next.key);
      }
      if (below.size > 1 || this.source.leaves.length > MOST_AT_FIRST) for (const one of below) this.collapsed.add(one);
    } else {
      this.collapsed.add(key);
      this.chosenId = key;
    }
    this.foldAnew();
  }

  private setDepth(depth: number): void {
    this.collapsed = new Set();
    if (depth >= 0) for (const leaf of this.source.leaves) {
      const group = leaf.groups[Math.min(depth, leaf.groups.length - 1)];
      if (group) this.collapsed.add(group.key);
    }
    this.isFitted = false;
    this.foldAnew();
  }

  private connect(from: number, to: number): void {
    const { boxes } = this.picture.folded;
    const [needed, dependant] = [boxes[from], boxes[to]];
    if (!needed || !dependant || needed === dependant) return;
    this.chosenId = dependant.id;
    this.edit("add_dependency", dependant.id, needed.id);
  }

  private edit(kind: "add_dependency" | "remove_dependency", node: string, on: string): void {
    void this.tried(() => this.source.edit(kind, node, on));
  }

  private async tried(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.context.toast(wordsOf(error), "bad");
    }
  }

  private step(direction: "undo" | "redo"): void {
    void this.tried(() => this.source.step(direction));
  }

  private readonly undoKeys = (event: KeyboardEvent) => {
    if (!this.source.isEditable || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (isWriting(event.target)) return;
    event.preventDefault();
    this.step(event.shiftKey ? "redo" : "undo");
  };

  private key(event: KeyboardEvent): void {
    const { picture } = this;
    if (event.key.startsWith("Arrow")) this.move(event.key.slice(5).toLowerCase());
    else if (event.key === "Enter") this.openBox(picture.selected);
    else if (event.key === " ") {
      const box = picture.folded.boxes[picture.selected];
      const key = box?.isGroup ? box.id : box?.leaves[0]?.groups.at(-1)?.key;
      if (key) this.toggle(key);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape") this.pointer.letGo() || this.choose(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private fit(): void {
    this.isTouched = true;
    this.picture.fit();
  }

  private zoom(factor: number): void {
    this.isTouched = true;
    this.picture.camera.zoom(factor);
    this.picture.touch();
  }

  private move(step: string): void {
    const { folded, layout, selected } = this.picture;
    if (!layout || !folded.boxes.length) return;
    if (selected < 0) return this.choose(0);
    const next = beside(folded, layout, selected, step);
    if (next !== undefined) this.choose(next);
  }

  private drawBar(): void {
    const { source, picture } = this;
    const depth = Math.max(0, ...source.leaves.map((leaf) => leaf.groups.length));
    render(
      <Bar
        source={source}
        depth={depth}
        shown={picture.folded.boxes.length}
        fit={() => this.fit()}
        zoom={(factor) => this.zoom(factor)}
        foldAt={(level) => this.setDepth(level)}
        step={(direction) => this.step(direction)}
      />,
      this.frame.bar,
    );
  }

  private drawPanel(): void {
    const box = this.picture.folded.boxes[this.picture.selected] ?? null;
    render(
      <Panel
        source={this.source}
        box={box}
        byId={this.byId}
        dependants={this.dependants}
        choose={(id) => this.chooseId(id)}
        toggle={(key) => this.toggle(key)}
        edit={(...change) => this.edit(...change)}
      />,
      this.frame.panel,
    );
    if (this.source.isEditable) this.drawBar();
  }
}
