/** The charts of the analytics page, drawn anew when the page's data is other data. */
import "uplot/dist/uPlot.min.css";
import "./analytics.css";
import { coloursOf, onColours } from "../shell/colours";
import { CHARTS, TOKENS } from "./charts";
import { readData } from "./data";
import { Plot } from "./plot";

export default function mount(): () => void {
  const plots = new Map<string, Plot>();
  let drawn = "";
  let isOver = false;

  function draw(isAnew = false): void {
    for (const [name, plot] of plots) {
      if (plot.element.isConnected) continue;
      plot.stop();
      plots.delete(name);
    }
    const places = [...document.querySelectorAll<HTMLElement>("[data-plot]")];
    const found = readData();
    if (isOver || !found || (!isAnew && found.text === drawn && plots.size === places.length)) return;
    drawn = found.text;
    const data = found.parsed();
    const colours = coloursOf(document.body, TOKENS);
    for (const place of places) {
      const name = place.dataset.plot ?? "";
      const make = CHARTS[name];
      if (!make) continue;
      let plot = plots.get(name);
      if (!plot) {
        plot = new Plot(place, document.getElementById(`chart-${name}`)?.textContent ?? name);
        plots.set(name, plot);
      }
      plot.draw(make(data, colours), colours);
    }
  }

  const swapped = () => draw();
  const anew = () => draw(true);
  document.addEventListener("htmx:after:swap", swapped);
  const stopColours = onColours(anew);
  document.fonts.ready.then(anew, () => {});
  draw();

  return () => {
    isOver = true;
    document.removeEventListener("htmx:after:swap", swapped);
    stopColours();
    for (const plot of plots.values()) plot.stop();
    plots.clear();
  };
}
