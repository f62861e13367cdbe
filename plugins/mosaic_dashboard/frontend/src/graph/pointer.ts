/** Mouse, pen and fingers on the graph: drag to pan, scroll or pinch to zoom, press to choose, twice to open; from the
 *  end of a box, drag a dependency. */
import { HEIGHT, WIDTH } from "./layout";
import type { Picture } from "./picture";

interface Acts {
  choose(box: number): void;
  open(box: number): void;
  connect?: (from: number, to: number) => void;
}

const STILL = 4;
const END = 26;

export class Pointer {
  private readonly held = new Map<number, { x: number; y: number }>();
  private start: { x: number; y: number; box: number } | null = null;
  private hasMoved = false;
  private spread = 0;

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
  }

  private readonly wheel = (event: WheelEvent) => {
    event.preventDefault();
    if (event.ctrlKey || !event.shiftKey) this.picture.camera.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.offsetX, event.offsetY);
    else this.picture.camera.pan(-event.deltaY, -event.deltaX);
    this.picture.touch();
  };

  private down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.hasMoved = false;
    const box = this.picture.at(event.offsetX, event.offsetY);
    this.start = { x: event.offsetX, y: event.offsetY, box };
    this.spread = this.distance();
    if (this.acts.connect && box >= 0 && this.held.size === 1 && this.isEnd(event, box)) {
      this.picture.drawing = { from: box, x: event.offsetX, y: event.offsetY };
    }
  }

  private isEnd(event: PointerEvent, box: number): boolean {
    const { layout, camera, folded } = this.picture;
    if (!layout || folded.boxes[box]?.isGroup) return false;
    const [x, y] = camera.toPicture(event.offsetX, event.offsetY);
    return layout.isDownwards ? y >= layout.y[box]! + HEIGHT - END / 2 : x >= layout.x[box]! + WIDTH - END;
  }

  private move(event: PointerEvent): void {
    const before = this.held.get(event.pointerId);
    if (!before) return this.hover(this.picture.at(event.offsetX, event.offsetY), event);
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
    const { drawing } = this.picture;
    this.held.delete(event.pointerId);
    if (drawing) {
      const to = this.picture.at(event.offsetX, event.offsetY);
      this.picture.drawing = null;
      if (to >= 0 && to !== drawing.from && !this.picture.folded.boxes[to]!.isGroup) this.acts.connect?.(drawing.from, to);
      else if (!this.hasMoved) this.acts.choose(drawing.from);
    } else if (this.start && !this.hasMoved) this.acts.choose(this.start.box);
    this.start = null;
    this.picture.touch();
  }

  private cancel(event: PointerEvent): void {
    this.held.delete(event.pointerId);
    this.picture.drawing = null;
    this.start = null;
    this.picture.touch();
  }

  private hover(box: number, event?: PointerEvent): void {
    const isEnd = event && box >= 0 && this.acts.connect && this.isEnd(event, box);
    this.canvas.style.cursor = isEnd ? "crosshair" : box >= 0 ? "pointer" : "grab";
    if (box === this.picture.hovered) return;
    this.picture.hovered = box;
    this.picture.touch();
  }

  private distance(): number {
    const [one, other] = [...this.held.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  }
}
