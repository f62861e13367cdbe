/** One chart in its place: drawn by uPlot, walked through by arrow keys, and said in words. */
import uPlot from "uplot";
import type { Chart, Colours, Line } from "./charts";
import { moment, tick } from "./words";

const HEIGHT = 220;
const DAY = 8.64e7;

export class Plot {
  private plot: uPlot | null = null;
  private chart: Chart | null = null;
  private shape = "";
  private readonly place: HTMLElement;
  private readonly said: HTMLElement;
  private readonly resizing: ResizeObserver;

  constructor(readonly element: HTMLElement, label: string) {
    this.place = document.createElement("div");
    this.place.className = "plot-place";
    this.place.tabIndex = 0;
    this.place.setAttribute("role", "application");
    this.place.setAttribute("aria-roledescription", "chart");
    this.place.setAttribute("aria-label", `${label}. Left and right arrows walk through its points; its data stands below as a table.`);
    this.said = document.createElement("p");
    this.said.className = "visually-hidden";
    this.said.setAttribute("aria-live", "polite");
    element.replaceChildren(this.place, this.said);
    this.place.addEventListener("keydown", (event) => this.walk(event));
    this.place.addEventListener("blur", () => this.plot?.setCursor({ left: -10, top: -10 }));
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(element);
  }

  stop(): void {
    this.resizing.disconnect();
    this.plot?.destroy();
    this.plot = null;
    this.element.replaceChildren();
  }

  /** Draw; with the same lines in the same colours, only the values are new. */
  draw(chart: Chart, colours: Colours): void {
    const shape = JSON.stringify([chart.lines, colours, chart.bucket, chart.size]);
    this.chart = chart;
    const data = [chart.at, ...chart.values] as uPlot.AlignedData;
    if (this.plot && shape === this.shape) {
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.shape = shape;
    this.plot = new uPlot(this.options(chart, colours), data, this.place);
  }

  private get width(): number {
    return Math.max(160, Math.floor(this.element.clientWidth));
  }

  private fit(): void {
    if (this.plot && this.plot.width !== this.width) this.plot.setSize({ width: this.width, height: HEIGHT });
  }

  private options(chart: Chart, colours: Colours): uPlot.Options {
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colours.muted, font, grid: { stroke: colours.border, width: 1 }, ticks: { show: false } };
    const isBars = chart.lines.some((line) => line.kind === "bars");
    return {
      width: this.width,
      height: HEIGHT,
      ms: 1,
      padding: [10, 26, 0, 0],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      focus: { alpha: 1 },
      legend: { live: true },
      scales: {
        x: { time: true, range: (_, least, most) => span(least, most, isBars ? chart.size : 0) },
        y: { range: (_, least, most) => chart.range(least ?? 0, most ?? 0) },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 72, size: 30, ...(chart.size >= DAY ? { incrs: [1, 2, 4, 7, 14, 28, 91, 182, 365].map((days) => days * DAY) } : {}), values: (_, splits, __, ___, step) => splits.map((at) => tick(at, step)) },
        { ...axis, size: (_, values) => sizeOf(values, font), gap: 6, values: (_, splits) => splits.map(chart.say), incrs: steps(chart) },
      ],
      series: [
        { label: "When", value: (_, at) => (at == null ? "" : moment(at, chart.bucket)) },
        ...chart.lines.map((line) => series(line, chart)),
      ],
    };
  }

  private walk(event: KeyboardEvent): void {
    const { plot, chart } = this;
    if (!plot || !chart || !chart.at.length) return;
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const last = chart.at.length - 1;
    const from = plot.cursor.idx ?? (move > 0 ? -1 : last + 1);
    const to = Math.min(last, Math.max(0, from + move));
    plot.setCursor({ left: plot.valToPos(chart.at[to]!, "x"), top: 10 });
    const values = chart.lines.flatMap((line, at) => {
      const value = chart.values[at]?.[to];
      return value == null ? [] : [`${line.label} ${line.say(value)}`];
    });
    this.said.textContent = `${moment(chart.at[to]!, chart.bucket)}: ${values.join(", ") || "nothing"}`;
  }
}

/** From when to when: a single point has some time around it, and bars have theirs. */
function span(least: number, most: number, size: number): uPlot.Range.MinMax {
  if (least === most) return [least - (size || 1000), most + (size * 2 || 1000)];
  return [least, most + size];
}

/** How wide the labels of an axis are. */
function sizeOf(values: string[] | null, font: string): number {
  const context = measuring.getContext("2d");
  if (!context || !values?.length) return 40;
  context.font = font;
  return Math.ceil(Math.max(...values.map((value) => context.measureText(value).width))) + 14;
}

const measuring = document.createElement("canvas");

/** The steps of an axis: of lengths of time such as a clock has, else decimal ones. */
function steps(chart: Chart): number[] {
  const isLength = chart.say(6e4) === "1 min";
  if (isLength) return [1, 5, 10, 50, 100, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 1.2e5, 3e5, 6e5, 9e5, 1.8e6, 3.6e6, 7.2e6, 1.44e7, 2.16e7, 4.32e7, 8.64e7, 1.728e8, 4.32e8, 8.64e8];
  const found = [];
  for (let power = chart.say(0.5) === "" ? 0 : -2; power < 12; power++) for (const step of [1, 2, 2.5, 5]) if (power > 0 || step !== 2.5) found.push(step * 10 ** power);
  return found;
}

/** Whether most points have no value, so that many of them stand alone. */
function isSparse(chart: Chart): boolean {
  const row = chart.values[0] ?? [];
  return row.filter((value) => value !== null).length * 3 < row.length;
}

function series(line: Line, chart: Chart): uPlot.Series {
  const paths = uPlot.paths;
  const drawn = {
    bars: () => paths.bars?.({ size: [0.78, 36], align: 1, radius: 0.2 }),
    line: () => paths.linear?.(),
  }[line.kind]();
  return {
    label: line.label,
    stroke: line.colour,
    width: line.kind === "bars" ? 0 : (line.width ?? 1.5),
    ...(line.fill ? { fill: line.fill } : {}),
    ...(line.dash ? { dash: line.dash } : {}),
    ...(drawn ? { paths: drawn } : {}),
    // What was measured again soon is joined; over a longer time without a measure, nothing is made up.
    gaps: (plot, _, __, ___, gaps) => {
      const most = line.isPlain ? Infinity : Math.abs(plot.valToPos(chart.size * 5, "x", true) - plot.valToPos(0, "x", true));
      return gaps.filter(([from, to]) => to - from > most);
    },
    points: { show: line.kind === "line" && !line.isPlain && (chart.at.length < 60 || isSparse(chart)), size: line.dash ? 4 : 5, fill: line.colour },
    value: (_, value, __, at) => (at == null ? "" : value == null ? "–" : line.say(value)),
  };
}
