/** Texts that fit where they stand: measured once each. */

const MOST = 20_000;

export class Texts {
  private readonly cut = new Map<string, string>();

  /** Return a text, cut so that it fits. */
  fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
    const key = `${context.font}\u0000${text}`;
    let found = this.cut.get(key);
    if (found !== undefined) return found;
    found = text;
    if (context.measureText(text).width > width) {
      let [low, high] = [0, text.length];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
        else high = middle - 1;
      }
      found = `${text.slice(0, low)}…`;
    }
    if (this.cut.size > MOST) this.cut.clear();
    this.cut.set(key, found);
    return found;
  }
}
