/** Where the graph stands: the canvas with its bar, the panel beside it, and what a screen reader is told. */
import { KEYS } from "./keys";

export interface Frame {
  canvas: HTMLCanvasElement;
  bar: HTMLElement;
  panel: HTMLElement;
  said: HTMLElement;
}

/** Put it into an element, in the place of what stands there. */
export function frameIn(element: HTMLElement): Frame {
  const canvas = document.createElement("canvas");
  canvas.className = "graph-canvas";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Dependency graph. ${KEYS.map(([keys, words]) => `${keys}: ${words}.`).join(" ")}`);
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("aria-live", "polite");
  const bar = document.createElement("div");
  bar.className = "graph-bar row";
  const panel = document.createElement("div");
  const frame = document.createElement("div");
  frame.className = "graph-frame";
  const place = document.createElement("div");
  place.className = "graph-place";
  place.append(canvas, bar);
  frame.append(place, panel);
  element.replaceChildren(frame, said);
  return { canvas, bar, panel, said };
}
