/** What part of the picture is looked at. */

const SMALLEST = 0.02;
const LARGEST = 2;
const MARGIN = 24;
/** The buttons stand there. */
const TOP = 64;

export class Camera {
  x = 0;
  y = 0;
  scale = 1;

  constructor(private width = 1, private height = 1) {}

  resize(width: number, height: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
  }

  /** Return where a place of the picture is on the screen. */
  toScreen(x: number, y: number): [number, number] {
    return [(x - this.x) * this.scale, (y - this.y) * this.scale];
  }

  /** Return what place of the picture is at one on the screen. */
  toPicture(x: number, y: number): [number, number] {
    return [x / this.scale + this.x, y / this.scale + this.y];
  }

  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
  }

  /** Zoom, and keep the place under a point of the screen where it is. */
  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const [px, py] = this.toPicture(x, y);
    this.scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = px - x / this.scale;
    this.y = py - y / this.scale;
  }

  /** Show a picture of this size from its beginning: all of it, if its text can be read then. */
  begin(width: number, height: number, readable: number): void {
    this.fit(width, height);
    if (this.scale >= readable) return;
    this.scale = readable;
    const [seenWidth, seenHeight] = [this.width / readable, this.height / readable];
    this.x = width > seenWidth ? -MARGIN / readable : (width - seenWidth) / 2;
    this.y = height > seenHeight - (2 * TOP) / readable ? -TOP / readable : (height - seenHeight) / 2;
    // What goes far to both sides of the beginning is seen from its middle.
    if (width > seenWidth && height > seenHeight) this.x = (width - seenWidth) / 2;
  }

  /** Show all of a picture of this size. */
  fit(width: number, height: number): void {
    const [room, space] = [this.width - 2 * MARGIN, this.height - MARGIN - TOP];
    const fitting = Math.min(room / Math.max(1, width), space / Math.max(1, height));
    this.scale = Math.min(1.1, Math.max(SMALLEST, fitting));
    this.x = width / 2 - this.width / 2 / this.scale;
    this.y = height / 2 - (TOP + space / 2) / this.scale;
  }

  /** Move as little as it takes for a rectangle of the picture to be seen. */
  reveal(x: number, y: number, width: number, height: number): void {
    const margin = 40 / this.scale;
    const [right, bottom] = this.toPicture(this.width, this.height);
    if (x < this.x + margin) this.x = x - margin;
    else if (x + width > right - margin) this.x += x + width - right + margin;
    if (y < this.y + margin) this.y = y - margin;
    else if (y + height > bottom - margin) this.y += y + height - bottom + margin;
  }

  /** The part of the picture that is seen. */
  get seen(): { left: number; top: number; right: number; bottom: number } {
    const [right, bottom] = this.toPicture(this.width, this.height);
    return { left: this.x, top: this.y, right, bottom };
  }
}
