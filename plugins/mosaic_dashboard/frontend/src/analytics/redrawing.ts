/** Draws a page anew when something has happened, at most every two seconds: its sums cost more than a line. */
import htmx from "htmx.org";
import type { Live, Stop } from "../shell/api";

const GAP = 2000;
const KINDS = ["run.", "task.claimed", "task.accepted", "task.refused", "task.released", "task.skipped", "task.cancelled", "inbox.changed"];

export function redrawing(page: HTMLElement, part: string, live: Live): Stop {
  let timer = 0;
  let last = performance.now();
  let isDrawing = false;
  let isWanted = false;

  function touch(): void {
    isWanted = true;
    if (!timer && !isDrawing) timer = window.setTimeout(() => void draw(), Math.max(0, last + GAP - performance.now()));
  }

  async function draw(): Promise<void> {
    timer = 0;
    if (document.hidden || page.querySelector("select:focus, input:focus")) {
      last = performance.now();
      touch();
      return;
    }
    isWanted = false;
    isDrawing = true;
    try {
      await htmx.ajax("GET", location.pathname + location.search, {
        target: page,
        swap: "outerMorph",
        headers: { "X-Mosaic-Part": part },
      });
    } finally {
      isDrawing = false;
      last = performance.now();
      if (isWanted) touch();
    }
  }

  const stop = live.on(KINDS, touch);
  return () => {
    stop();
    window.clearTimeout(timer);
  };
}
