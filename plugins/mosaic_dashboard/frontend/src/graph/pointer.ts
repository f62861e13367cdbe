/** Mouse, pen and fingers on the graph: drag to pan, scroll or pinch to zoom, press to choose, twice to open; from the
 *  end of a box, drag a dependency, which takes the picture along at its edges. */
import type { Picture } from "./picture";

interface Acts {
  choose(box: number): void;
  open(box: number): void;
  connect?: (from: number, to: number) => void;
}

const STILL = 4;
/** How far the end of a box reaches: in the picture, and on the screen at least, where a finger has to find it. */
const END = 18;
const TOUCHED = 16;
const EDGE = 36;
const FASTEST = 14;

export class Pointer {
  private readonly held = new Map<number, { x: number; y: number }>();
  private start: { x: number; y: number; box: number } | null = null;
  private hasMoved = false;
  private spread = 0;
  private frame = 0;

  constructor(private readonly canvas: HTMLCanvasElement, private readonly picture: Picture, private readonly acts: Acts) {
    canvas.onpointerdown = (event) => this.down(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = (event) => this.up(event);
    canvas.onpointercancel = (event) => this.cancel(event);
    canvas.onpointerleave = () => this.hover(-1);
    canvas.ondblclick = (event) => acts.open(picture.at(event.offsetX, event.offsetY));
    canvas.addEventListener("wheel", this.wheel, { passive: false });
  }

  close(): void {
    this.canvas.removeEventListener("wheel", this.wheel);
    this.end();
  }

  /** Draw no dependency after all; answers whether one was being drawn. */
  letGo(): boolean {
    const wasDrawing = this.picture.drawing !== null;
    if (wasDrawing) this.held.clear();
    this.end();
    return wasDrawing;
  }

  private end(): void {
    cancelAnimationFrame(this.frame);
    this.picture.drawing = this.start = null;
    this.picture.touch();
  }

  private readonly wheel = (event: WheelEvent) => {
    event.preventDefault();
    if (event.ctrlKey || !event.shiftKey) this.picture.camera.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.offsetX, event.offsetY);
    else this.picture.camera.pan(-event.deltaY, -event.deltaX);
    this.picture.touch();
  };

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.spread = this.distance();
    if (this.held.size > 1) return this.end();
    this.hasMoved = false;
    const end = this.endAt(event);
    const box = end < 0 ? this.picture.at(event.offsetX, event.offsetY) : end;
    this.start = { x: event.offsetX, y: event.offsetY, box };
    if (end >= 0) this.drawFrom(end, event.offsetX, event.offsetY);
  }

  /** The task whose end is there, where its arrows begin; -1 for none. */
  private endAt({ offsetX, offsetY }: PointerEvent): number {
    const { layout, camera, folded } = this.picture;
    if (!layout || !this.picture.showsEnds) return -1;
    const [x, y] = camera.toPicture(offsetX, offsetY);
    const reach = Math.max(END, TOUCHED / camera.scale);
    return folded.boxes.findIndex((box, place) => {
      const [endX, endY] = this.picture.outOf(place);
      return !box.isGroup && Math.hypot(x - endX, y - endY) <= reach;
    });
  }

  private drawFrom(from: number, x: number, y: number): void {
    this.picture.drawing = { from, x, y };
    const step = () => {
      const { drawing, camera } = this.picture;
      if (!drawing) return;
      if (this.hasMoved) {
        const [dx, dy] = [pull(drawing.x, this.canvas.clientWidth), pull(drawing.y, this.canvas.clientHeight)];
        if (dx || dy) {
          camera.pan(dx, dy);
          this.picture.touch();
        }
      }
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  private move(event: PointerEvent): void {
    const before = this.held.get(event.pointerId);
    if (!before) return this.hover(this.picture.at(event.offsetX, event.offsetY), this.endAt(event));
    const [dx, dy] = [event.offsetX - before.x, event.offsetY - before.y];
    this.held.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (this.start && Math.hypot(event.offsetX - this.start.x, event.offsetY - this.start.y) > STILL) this.hasMoved = true;
    if (this.picture.drawing) {
      this.picture.drawing = { ...this.picture.drawing, x: event.offsetX, y: event.offsetY };
      this.picture.hovered = this.picture.at(event.offsetX, event.offsetY);
    } else if (this.held.size === 2) {
      const spread = this.distance();
      const [one, other] = [...this.held.values()] as [{ x: number; y: number }, { x: number; y: number }];
      if (this.spread) this.picture.camera.zoom(spread / this.spread, (one.x + other.x) / 2, (one.y + other.y) / 2);
      this.picture.camera.pan(dx / 2, dy / 2);
      this.spread = spread;
    } else if (this.hasMoved) this.picture.camera.pan(dx, dy);
    this.picture.touch();
  }

  private up(event: PointerEvent): void {
    if (!this.held.delete(event.pointerId)) return;
    const { drawing } = this.picture;
    if (drawing) {
      const to = this.picture.at(event.offsetX, event.offsetY);
      if (to >= 0 && to !== drawing.from && !this.picture.folded.boxes[to]!.isGroup) this.acts.connect?.(drawing.from, to);
      else if (!this.hasMoved) this.acts.choose(drawing.from);
    } else if (this.start && !this.hasMoved) this.acts.choose(this.start.box);
    this.end();
  }

  private cancel(event: PointerEvent): void {
    this.held.delete(event.pointerId);
    this.end();
  }

  private hover(under: number, end = -1): void {
    const box = end < 0 ? under : end;
    this.canvas.style.cursor = end >= 0 ? "crosshair" : box >= 0 ? "pointer" : "grab";
    if (box === this.picture.hovered) return;
    this.picture.hovered = box;
    this.picture.touch();
  }

  private distance(): number {
    const [one, other] = [...this.held.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  }
}

/** How far an edge of the canvas takes the picture along at a point that is held near it. */
function pull(at: number, size: number): number {
  if (at < EDGE) return FASTEST * Math.min(1, (EDGE - at) / EDGE);
  return at > size - EDGE ? -FASTEST * Math.min(1, (at - size + EDGE) / EDGE) : 0;
}
