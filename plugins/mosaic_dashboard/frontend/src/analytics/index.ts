/** The charts of the analytics page, and the redrawing of pages that are too much to draw at every event. */
import "uplot/dist/uPlot.min.css";
import "./analytics.css";
import type { Context } from "../shell/api";
import { CHARTS } from "./charts";
import { readColours } from "./colours";
import { readData } from "./data";
import { keepOpened } from "./opened";
import { Plot } from "./plot";
import { redrawing } from "./redrawing";

export default function mount(_: HTMLElement, context: Context): () => void {
  const page = document.getElementById("page");
  if (!page) return () => {};
  const plots = new Map<string, Plot>();
  let drawn = "";

  function draw(isAnew = false): void {
    const found = readData();
    for (const [name, plot] of plots) {
      if (!plot.element.isConnected || !found) {
        plot.stop();
        plots.delete(name);
        isAnew = true;
      }
    }
    const places = [...document.querySelectorAll<HTMLElement>("[data-plot]")];
    if (!found || (!isAnew && found.text === drawn && places.every((place) => plots.has(place.dataset.plot ?? "")))) return;
    drawn = found.text;
    const colours = readColours();
    for (const place of places) {
      const name = place.dataset.plot ?? "";
      const make = CHARTS[name];
      if (!make) continue;
      let plot = plots.get(name);
      if (!plot) {
        plot = new Plot(place, document.getElementById(`chart-${name}`)?.textContent ?? name);
        plots.set(name, plot);
      }
      plot.draw(make(found.data, colours), colours);
    }
  }

  const watching = new MutationObserver(() => draw());
  watching.observe(page, { childList: true, subtree: true, characterData: true });
  const anew = () => draw(true);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", anew);
  window.addEventListener("mosaic:mode", anew);
  document.fonts.ready.then(anew, () => {});
  const stopKeeping = keepOpened(page);
  const stopRedrawing = redrawing(page, String(context.data.part), context.live);
  draw();

  return () => {
    watching.disconnect();
    dark.removeEventListener("change", anew);
    window.removeEventListener("mosaic:mode", anew);
    stopRedrawing();
    stopKeeping();
    for (const plot of plots.values()) plot.stop();
    plots.clear();
  };
}
