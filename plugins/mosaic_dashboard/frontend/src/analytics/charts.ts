/** The charts: of each its lines, from the answer of analytics.show. */
import type uPlot from "uplot";
import { sizeOf, type Analytics } from "./data";
import { count, length, money, percent, tokens } from "./words";

/** The design tokens that charts are drawn in. */
export const TOKENS = ["muted", "border", "accent", "good", "warn"] as const;
export type Colours = Record<(typeof TOKENS)[number], string>;

type Say = (value: number) => string;

export interface Line {
  label: string;
  colour: string;
  kind: "bars" | "line";
  /** Without a mark at each point. */
  isPlain?: boolean;
  say: Say;
  fill?: string;
  dash?: number[];
  width?: number;
}

/** What is drawn: the points in time, a row of values a line, and how long a point lasts. */
export interface Chart {
  at: number[];
  values: (number | null)[][];
  lines: Line[];
  bucket: string;
  size: number;
  say: Say;
  range: (least: number, most: number) => uPlot.Range.MinMax;
}

/** A colour, so much of it seen. */
function faint(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${share * 100}%, transparent)`;
}

type Make = (data: Analytics, colours: Colours) => Chart;

const upwards = (_: number, most: number): uPlot.Range.MinMax => [0, most > 0 ? most * 1.08 : 1];

function base(data: Analytics): Omit<Chart, "values" | "lines" | "say"> {
  const at = data.series.map((line) => line.start);
  return { at, bucket: data.bucket, size: sizeOf(data), range: upwards };
}

const throughput: Make = (data, colours) => ({
  ...base(data),
  values: [data.series.map((line) => line.accepted)],
  lines: [{ label: "Accepted", colour: colours.accent, fill: faint(colours.accent, 0.75), kind: "bars", say: count }],
  say: count,
});

const times: Make = (data, colours) => ({
  ...base(data),
  values: [
    data.series.map((line) => line.lead_p50),
    data.series.map((line) => line.lead_p90),
    data.series.map((line) => line.cycle_p50),
    data.series.map((line) => line.cycle_p90),
  ],
  lines: [
    { label: "Lead, median", colour: colours.accent, kind: "line", say: length, width: 2.5 },
    { label: "Lead, 9 of 10", colour: colours.accent, kind: "line", say: length, dash: [5, 4] },
    { label: "Cycle, median", colour: colours.good, kind: "line", say: length, width: 2.5 },
    { label: "Cycle, 9 of 10", colour: colours.good, kind: "line", say: length, dash: [5, 4] },
  ],
  say: length,
});

const firstAttempt: Make = (data, colours) => ({
  ...base(data),
  values: [data.series.map((line) => line.first_share)],
  lines: [{ label: "At the first attempt", colour: colours.good, fill: faint(colours.good, 0.14), kind: "line", say: percent, width: 2.5 }],
  say: percent,
  range: () => [0, 1.05],
});

const burnUp: Make = (data, colours) => {
  const size = sizeOf(data);
  const first = data.series[0];
  const at = [first ? first.start : 0, ...data.series.map((line) => Math.min(line.start + size, Math.max(data.now, line.start)))];
  const done: (number | null)[] = [first ? first.done - first.accepted : 0, ...data.series.map((line) => line.done)];
  const dropped: (number | null)[] = data.series.map((line) => line.total - line.dropped);
  const goal: (number | null)[] = [dropped[0] ?? 0, ...dropped];
  const last = data.series.at(-1);
  const ahead: (number | null)[] = at.map(() => null);
  const { end_p50, end_p90 } = data.forecast;
  const lines: Line[] = [
    { label: "Accepted", colour: colours.good, isPlain: true, fill: faint(colours.good, 0.16), kind: "line", say: count, width: 2.5 },
    { label: "To be done", colour: colours.muted, isPlain: true, kind: "line", say: count, width: 1.5 },
  ];
  const values = [done, goal];
  if (last && end_p50 !== null && end_p90 !== null && at.length) {
    const late: (number | null)[] = [...ahead];
    const target = goal.at(-1) ?? 0;
    ahead[ahead.length - 1] = late[late.length - 1] = last.done;
    const p50 = Math.max(end_p50, (at.at(-1) ?? 0) + 1);
    const p90 = Math.max(end_p90, p50 + 1);
    at.push(p50, p90);
    for (const row of values) row.push(null, null);
    ahead.push(target, null);
    late.push(null, target);
    values.push(ahead, late);
    lines.push({ label: "As likely as not", colour: colours.accent, isPlain: true, kind: "line", say: count, dash: [4, 4], width: 2 });
    lines.push({ label: "Nine of ten", colour: faint(colours.accent, 0.55), isPlain: true, kind: "line", say: count, dash: [2, 5], width: 2 });
  }
  const least = Math.min(...done.filter((value) => value !== null));
  const most = Math.max(...goal.filter((value) => value !== null), 0);
  // Late in a long history, all that changes is far above zero: then the chart begins below it.
  const isFar = least > most / 2;
  if (isFar) delete lines[0]!.fill;
  const range = (_: number, top: number): uPlot.Range.MinMax => (isFar ? [least - (top - least) * 0.2 - 1, top + 1] : upwards(0, top));
  return { ...base(data), at, values, lines, say: count, range };
};

const costByDay: Make = (data, colours) => {
  const isMoney = data.days.some((line) => line.money);
  const known = new Map(data.days.map((line) => [Date.parse(`${line.name}T00:00:00Z`), isMoney ? line.money : line.tokens]));
  const at = days([...known.keys()]);
  const say = isMoney ? money : tokens;
  return {
    ...base(data),
    at,
    values: [at.map((day) => known.get(day) ?? 0)],
    lines: [{ label: "Spent", colour: colours.warn, fill: faint(colours.warn, 0.7), kind: "bars", say }],
    say,
    bucket: "day",
    size: 8.64e7,
  };
};

/** Every day from the first to the last: those on which nothing was spent, too. */
function days(known: number[]): number[] {
  const found: number[] = [];
  const last = Math.max(...known);
  for (let day = Math.min(...known); day <= last && found.length < 4000; day += 8.64e7) found.push(day);
  return found;
}

export const CHARTS: Record<string, Make> = {
  throughput,
  times,
  "first-attempt": firstAttempt,
  "burn-up": burnUp,
  "cost-by-day": costByDay,
};
