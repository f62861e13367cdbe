/** Draws the parts of the page anew when something has happened that they show: each at most every half second, and
 *  the more it takes, the less often. */
import htmx from "htmx.org";
import type { Stop } from "./api";
import type { LiveStream } from "./live";
import { UI_CHANGED } from "./live";

const GAP = 500;
/** So many times as long as it took to draw a part, it is left as it is. */
const REST = 10;
const LONGEST_REST = 5000;
const TIMEOUT_MS = 60_000;
const EDITED_MS = 3000;
const SIGNED_OUT = "mosaic:signed-out";
/** A part of the page is gone. */
export const REMOVED = "mosaic:removed";

class Part {
  private timer = 0;
  private busy = false;
  private again = false;
  private isUrgent = false;
  private waits = false;
  /** Before then it is not drawn anew. */
  private next = 0;

  private live: string | null = null;
  private stop: Stop = () => {};

  constructor(private readonly name: string) {}

  /** Be told of what it is drawn anew for, which its plugin may change. */
  follow(stream: LiveStream, live: string): void {
    if (live === this.live) return;
    this.live = live;
    this.stop();
    this.stop = stream.on([...live.split(" ").filter(Boolean), UI_CHANGED], () => this.touch());
  }

  end(): void {
    window.clearTimeout(this.timer);
    this.stop();
  }

  get element(): HTMLElement | null {
    return document.querySelector<HTMLElement>(`[data-part="${CSS.escape(this.name)}"]`);
  }

  /** Draw anew: soon, or at once where somebody here did something. */
  touch(isAtOnce = false): void {
    if (isAtOnce) this.next = 0;
    if (this.busy) {
      this.again = true;
      this.isUrgent ||= isAtOnce;
      return;
    }
    if (this.waits || (this.timer && !isAtOnce)) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.draw(), Math.max(0, this.next - performance.now()));
  }

  private async draw(): Promise<void> {
    this.timer = 0;
    const element = this.element;
    if (!element) return;
    if (document.hidden) {
      this.waits = true;
      document.addEventListener("visibilitychange", () => this.seen(), { once: true });
      return;
    }
    if (isBeingEdited(element)) {
      this.next = performance.now() + 2 * GAP;
      this.touch();
      return;
    }
    this.busy = true;
    const begun = performance.now();
    try {
      await fill(element, this.name);
    } catch {
      // It does not answer: when it does again, everything is drawn anew.
    } finally {
      this.busy = false;
      const ended = performance.now();
      this.next = ended + Math.min(LONGEST_REST, Math.max(GAP, REST * (ended - begun)));
      const { again, isUrgent } = this;
      this.again = this.isUrgent = false;
      if (again) this.touch(isUrgent);
    }
  }

  private seen(): void {
    this.waits = false;
    this.touch();
  }
}

/** Ask for a part, and change the page where it differs; what is typed, open, chosen or scrolled stays so. */
async function fill(element: HTMLElement, name: string): Promise<void> {
  const headers = { "X-Mosaic-Part": name };
  const answer = await fetch(location.pathname + location.search, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.status === 401) document.dispatchEvent(new CustomEvent(SIGNED_OUT));
  if (answer.status === 204) {
    element.remove(); // its plugin has gone
    document.dispatchEvent(new CustomEvent(REMOVED));
  }
  if (answer.status !== 200 || !element.isConnected) return;
  const text = await answer.text();
  const at = itemsIn(element).findIndex((one) => one.contains(document.activeElement));
  await htmx.swap({ sourceElement: element, target: element, swap: "outerMorph", text });
  if (at < 0 || document.activeElement !== document.body) return;
  // What had the focus was answered, and is gone: who goes on by keys goes on with what stands there now.
  const now = itemsIn(element);
  now[Math.min(at, now.length - 1)]?.focus();
}

function itemsIn(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>("[data-item][tabindex]")];
}

let written = -Infinity;
for (const kind of ["input", "compositionupdate", "focusin"]) {
  document.addEventListener(kind, () => (written = performance.now()), true);
}

/** Whether somebody writes in it just now: the page does not move under their hands. */
function isBeingEdited(element: HTMLElement): boolean {
  const field = document.activeElement;
  if (!field || !element.contains(field) || performance.now() - written > EDITED_MS) return false;
  if (field.closest("[data-island]")) return false;
  return field.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=submit])");
}

const parts = new Map<string, Part>();

/** Follow what each part of the page is drawn anew for; once more after the page has changed. */
export function followParts(live: LiveStream): void {
  for (const [name, part] of parts) {
    if (part.element) continue;
    parts.delete(name);
    part.end();
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-part]")) {
    const name = element.dataset.part ?? "";
    const part = parts.get(name) ?? new Part(name);
    parts.set(name, part);
    part.follow(live, element.dataset.live ?? "");
  }
}

/** Draw parts anew, all of them unless they are named: something was done here. */
export function touchParts(names: Iterable<string> = parts.keys()): void {
  for (const name of [...names]) parts.get(name)?.touch(true);
}
