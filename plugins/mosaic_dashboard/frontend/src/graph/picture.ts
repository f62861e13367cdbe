/** Draws the graph on a canvas: what is seen of it, once a frame, and only when something has changed. */
import { Camera } from "./camera";
import { pictureColours, TONES, type Colours } from "./colours";
import { HEIGHT, WIDTH, type Layout } from "./layout";
import { countsOf, type Folded } from "./model";
import { Texts } from "./texts";

const TEXT_FROM = 0.42;
const READABLE = 0.72;
const EDGES_FROM = 0.05;
export class Picture {
  readonly camera = new Camera();
  folded: Folded = { boxes: [], edges: [], placeOf: new Map() };
  layout: Layout | null = null;
  selected = -1;
  hovered = -1;
  /** Whether boxes have ends from which dependencies can be drawn. */
  hasEnds = false;
  /** A dependency that is being drawn: from a box to a point of the screen. */
  drawing: { from: number; x: number; y: number } | null = null;
  private frame = 0;
  private colours: Colours | null = null;
  private readonly texts = new Texts();
  private readonly observer: ResizeObserver;

  constructor(readonly canvas: HTMLCanvasElement, private readonly resized: () => void) {
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
  }

  close(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Read the colours anew: the theme has changed. */
  recolour(): void {
    this.colours = null;
    this.touch();
  }

  /** Draw at the next frame. */
  touch(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** Return the place of the box at a point of the screen; -1 for none. */
  at(x: number, y: number): number {
    const { layout } = this;
    if (!layout) return -1;
    const [px, py] = this.camera.toPicture(x, y);
    for (let box = 0; box < layout.x.length; box++) {
      const [left, top] = [layout.x[box]!, layout.y[box]!];
      if (px >= left && px <= left + WIDTH && py >= top && py <= top + HEIGHT) return box;
    }
    return -1;
  }

  /** Whether the ends of boxes are there to be seen, and held. */
  get showsEnds(): boolean {
    return this.hasEnds && this.camera.scale >= TEXT_FROM;
  }

  fit(): void {
    if (this.layout) this.camera.fit(this.layout.width, this.layout.height);
    this.touch();
  }

  /** Show it for the first time. */
  begin(): void {
    if (this.layout) this.camera.begin(this.layout.width, this.layout.height, READABLE);
    this.touch();
  }

  reveal(box: number): void {
    if (this.layout && box >= 0) this.camera.reveal(this.layout.x[box]!, this.layout.y[box]!, WIDTH, HEIGHT);
    this.touch();
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.camera.resize(clientWidth, clientHeight);
    this.resized();
    this.draw();
  }

  private draw(): void {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const colours = (this.colours ??= pictureColours(this.canvas.parentElement ?? document.body));
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.background;
    context.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    if (!this.layout || this.layout.x.length !== this.folded.boxes.length) return;
    const { scale, x, y } = this.camera;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, -x * scale * ratio, -y * scale * ratio);
    if (scale >= EDGES_FROM) this.drawEdges(context, colours);
    this.drawBoxes(context, colours);
    this.drawDrawing(context, colours);
  }

  private drawEdges(context: CanvasRenderingContext2D, colours: Colours): void {
    const seen = this.camera.seen;
    const focus = this.hovered >= 0 ? this.hovered : this.selected;
    const near: [number, number][] = [];
    context.strokeStyle = colours.muted;
    context.globalAlpha = this.folded.edges.length > 3000 ? 0.25 : 0.55;
    context.lineWidth = Math.max(1.3, 0.8 / this.camera.scale);
    context.beginPath();
    for (const edge of this.folded.edges) {
      if (edge[0] === focus || edge[1] === focus) near.push(edge);
      else if (this.isSeen(edge, seen)) this.path(context, edge);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.strokeStyle = colours.accent;
    context.lineWidth = Math.max(2.2, 1.5 / this.camera.scale);
    context.beginPath();
    for (const edge of near) this.path(context, edge);
    context.stroke();
    context.fillStyle = colours.accent;
    for (const [, to] of near) this.head(context, to);
  }

  private isSeen([from, to]: [number, number], seen: { left: number; top: number; right: number; bottom: number }): boolean {
    const { x, y } = this.layout!;
    const [left, right] = [Math.min(x[from]!, x[to]!), Math.max(x[from]!, x[to]!) + WIDTH];
    const [top, bottom] = [Math.min(y[from]!, y[to]!), Math.max(y[from]!, y[to]!) + HEIGHT];
    return right >= seen.left && left <= seen.right && bottom >= seen.top && top <= seen.bottom;
  }

  private path(context: CanvasRenderingContext2D, [from, to]: [number, number]): void {
    const { x, y, isDownwards } = this.layout!;
    const [x1, y1] = this.outOf(from);
    if (isDownwards) {
      const [x2, y2] = [x[to]! + WIDTH / 2, y[to]!];
      const bend = Math.max(22, Math.abs(y2 - y1) / 2.2);
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1, y1 + bend, x2, y2 - bend, x2, y2);
    } else {
      const [x2, y2] = [x[to]!, y[to]! + HEIGHT / 2];
      const bend = Math.max(30, Math.abs(x2 - x1) / 2.2);
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    }
  }

  /** Where a box's dependencies leave it. */
  outOf(box: number): [number, number] {
    const { x, y, isDownwards } = this.layout!;
    return isDownwards ? [x[box]! + WIDTH / 2, y[box]! + HEIGHT] : [x[box]! + WIDTH, y[box]! + HEIGHT / 2];
  }

  /** Draw the head of an arrow at a box. */
  private head(context: CanvasRenderingContext2D, box: number): void {
    const { x, y, isDownwards } = this.layout!;
    context.beginPath();
    if (isDownwards) {
      const [middle, top] = [x[box]! + WIDTH / 2, y[box]!];
      context.moveTo(middle, top);
      context.lineTo(middle - 5, top - 9);
      context.lineTo(middle + 5, top - 9);
    } else {
      const [left, middle] = [x[box]!, y[box]! + HEIGHT / 2];
      context.moveTo(left, middle);
      context.lineTo(left - 9, middle - 5);
      context.lineTo(left - 9, middle + 5);
    }
    context.fill();
  }

  private drawBoxes(context: CanvasRenderingContext2D, colours: Colours): void {
    const seen = this.camera.seen;
    const { x, y } = this.layout!;
    const hasText = this.camera.scale >= TEXT_FROM;
    this.folded.boxes.forEach((_, place) => {
      const [left, top] = [x[place]!, y[place]!];
      if (left > seen.right || top > seen.bottom || left + WIDTH < seen.left || top + HEIGHT < seen.top) return;
      if (hasText) this.drawBox(context, colours, place, left, top);
      else this.drawSpot(context, colours, place, left, top);
    });
  }

  private drawSpot(context: CanvasRenderingContext2D, colours: Colours, place: number, left: number, top: number): void {
    const box = this.folded.boxes[place]!;
    context.fillStyle = box.isGroup ? colours.muted : colours.tone(box.state);
    context.globalAlpha = box.state === "blocked" || box.state === "planned" ? 0.5 : 0.9;
    context.fillRect(left, top, WIDTH, HEIGHT);
    context.globalAlpha = 1;
    if (box.isGroup) this.drawProgress(context, colours, place, left, top + HEIGHT * 0.55, HEIGHT * 0.35);
    if (place === this.selected) {
      context.strokeStyle = colours.text;
      context.lineWidth = 3 / this.camera.scale;
      context.strokeRect(left, top, WIDTH, HEIGHT);
    }
  }

  private drawBox(context: CanvasRenderingContext2D, colours: Colours, place: number, left: number, top: number): void {
    const box = this.folded.boxes[place]!;
    const isChosen = place === this.selected;
    if (box.isGroup) {
      context.fillStyle = colours.surface;
      context.strokeStyle = colours.border;
      context.lineWidth = 1.2;
      context.beginPath();
      context.roundRect(left + 5, top + 5, WIDTH, HEIGHT, 9);
      context.fill();
      context.stroke();
    }
    context.fillStyle = colours.surface;
    context.strokeStyle = isChosen ? colours.accent : place === this.hovered ? colours.muted : colours.border;
    context.lineWidth = isChosen ? 3 : 1.4;
    context.beginPath();
    context.roundRect(left, top, WIDTH, HEIGHT, 9);
    context.fill();
    context.stroke();
    if (!box.isGroup) {
      context.fillStyle = colours.tone(box.state);
      context.beginPath();
      context.roundRect(left, top, 6, HEIGHT, [9, 0, 0, 9]);
      context.fill();
    }
    context.fillStyle = colours.text;
    context.font = `600 13px ${colours.font}`;
    context.textBaseline = "middle";
    context.fillText(this.texts.fitted(context, box.title, WIDTH - 26), left + 14, top + 16);
    context.font = `11px ${colours.font}`;
    context.fillStyle = colours.muted;
    if (box.isGroup) {
      const accepted = box.leaves.filter((leaf) => leaf.state === "accepted").length;
      const text = `${accepted} of ${box.leaves.length}`;
      context.fillText(text, left + 14, top + 33);
      this.drawProgress(context, colours, place, left + 74, top + 30, 6, WIDTH - 88);
    } else {
      const leaf = box.leaves[0]!;
      const minutes = leaf.minutes ? ` · ${leaf.minutes} min` : "";
      context.fillText(this.texts.fitted(context, `${leaf.id}${minutes}`, WIDTH - 26), left + 14, top + 33);
      if (this.showsEnds) this.drawEnd(context, colours, place);
    }
  }

  /** Draw what a dependency is drawn from. */
  private drawEnd(context: CanvasRenderingContext2D, colours: Colours, place: number): void {
    const isHeld = place === this.hovered || place === this.drawing?.from;
    context.fillStyle = isHeld ? colours.accent : colours.surface;
    context.strokeStyle = isHeld ? colours.accent : colours.muted;
    context.lineWidth = 1.6;
    context.beginPath();
    context.arc(...this.outOf(place), isHeld ? 6.5 : 5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }

  private drawProgress(context: CanvasRenderingContext2D, colours: Colours, place: number, left: number, top: number, height: number, width = WIDTH): void {
    const box = this.folded.boxes[place]!;
    context.fillStyle = colours.border;
    context.fillRect(left, top, width, height);
    let at = left;
    for (const [state, count] of Object.entries(countsOf(box)).sort()) {
      if (!(state in TONES)) continue;
      const part = (width * count) / box.leaves.length;
      context.fillStyle = colours.tone(state);
      context.fillRect(at, top, part, height);
      at += part;
    }
  }

  private drawDrawing(context: CanvasRenderingContext2D, colours: Colours): void {
    if (!this.drawing) return;
    const [px, py] = this.camera.toPicture(this.drawing.x, this.drawing.y);
    context.strokeStyle = colours.accent;
    context.setLineDash([7, 5]);
    context.lineWidth = 2.5;
    context.beginPath();
    context.moveTo(...this.outOf(this.drawing.from));
    context.lineTo(px, py);
    context.stroke();
    context.setLineDash([]);
  }
}
