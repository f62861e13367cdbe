/** Draws the parts of the page anew, each at most every half second, when something has happened that it shows. */
import htmx from "htmx.org";
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

  constructor(private readonly name: string) {}

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
  if (answer.status === 404 && /^(panel|tab):/.test(name)) element.remove(); // its plugin is gone
  if (!answer.ok || !element.isConnected) return;
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
  for (const element of document.querySelectorAll<HTMLElement>("[data-part]")) {
    const name = element.dataset.part ?? "";
    if (parts.has(name)) continue;
    const part = new Part(name);
    parts.set(name, part);
    const kinds = (element.dataset.live ?? "").split(" ").filter(Boolean);
    live.on([...kinds, UI_CHANGED], () => part.touch());
  }
}

/** Draw every part anew: something was done here. */
export function touchParts(): void {
  for (const part of parts.values()) part.touch();
}
