/** Two taps at one place: the second is not meant for what has slid under the thumb meanwhile. */

const SLIP_MS = 700;

/** Knows the item that was decided on last, and until when a decision on another one is a slip. */
export class Slips {
  private item = "";
  private until = -Infinity;

  /** An item was decided on, or its answer has come, at which the page is drawn anew. */
  note(item: string, now: number): void {
    if (!item) return;
    this.item = item;
    this.until = now + SLIP_MS;
  }

  isSlip(item: string, now: number): boolean {
    return item !== "" && item !== this.item && now < this.until;
  }
}
