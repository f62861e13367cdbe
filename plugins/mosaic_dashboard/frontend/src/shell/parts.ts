/** Draws the parts of the page anew, each at most every half second, when something has happened that it shows. */
import htmx from "htmx.org";
import type { Stop } from "./api";
import type { LiveStream } from "./live";
import { UI_CHANGED } from "./live";

const GAP = 500;
const EDITED_MS = 3000;
const SIGNED_OUT = "mosaic:signed-out";

class Part {
  private timer = 0;
  private busy = false;
  private again = false;
  private waits = false;
  private last = 0;

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

  /** Draw anew, soon. */
  touch(): void {
    if (this.busy) {
      this.again = true;
      return;
    }
    if (this.timer || this.waits) return;
    const wait = Math.max(0, this.last + GAP - performance.now());
    this.timer = window.setTimeout(() => void this.draw(), wait);
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
      this.last = performance.now() + GAP;
      this.touch();
      return;
    }
    this.busy = true;
    try {
      await fill(element, this.name);
    } catch {
      // It does not answer: when it does again, everything is drawn anew.
    } finally {
      this.busy = false;
      this.last = performance.now();
      if (this.again) {
        this.again = false;
        this.touch();
      }
    }
  }

  private seen(): void {
    this.waits = false;
    this.touch();
  }
}

/** Ask for a part, and change the page where it differs; what is typed, open, chosen or scrolled stays so. */
async function fill(element: HTMLElement, name: string): Promise<void> {
  const answer = await fetch(location.pathname + location.search, { headers: { "X-Mosaic-Part": name } });
  if (answer.status === 401) document.dispatchEvent(new CustomEvent(SIGNED_OUT));
  if (answer.status === 204) element.remove(); // its plugin has gone
  if (answer.status !== 200 || !element.isConnected) return;
  const text = await answer.text();
  await htmx.swap({ sourceElement: element, target: element, swap: "outerMorph", text });
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
  for (const name of [...names]) parts.get(name)?.touch();
}
