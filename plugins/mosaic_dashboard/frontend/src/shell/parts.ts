/** Draws the parts of the page anew, each at most every half second, when something has happened that it shows. */
import htmx from "htmx.org";
import type { LiveStream } from "./live";
import { UI_CHANGED } from "./live";

const GAP = 500;

class Part {
  private timer = 0;
  private busy = false;
  private again = false;
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
    if (this.timer) return;
    const wait = Math.max(0, this.last + GAP - performance.now());
    this.timer = window.setTimeout(() => void this.draw(), wait);
  }

  private async draw(): Promise<void> {
    this.timer = 0;
    const element = this.element;
    if (!element) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => this.touch(), { once: true });
      return;
    }
    if (isBeingEdited(element)) {
      this.last = performance.now() + GAP;
      this.touch();
      return;
    }
    this.busy = true;
    try {
      await htmx.ajax("GET", location.pathname + location.search, {
        target: element,
        swap: "outerMorph",
        headers: { "X-Mosaic-Part": this.name },
      });
    } finally {
      this.busy = false;
      this.last = performance.now();
      if (this.again) {
        this.again = false;
        this.touch();
      }
    }
  }
}

/** Whether somebody writes in it: what they write is not drawn over. */
function isBeingEdited(element: HTMLElement): boolean {
  const field = document.activeElement;
  if (!field || !element.contains(field)) return false;
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
