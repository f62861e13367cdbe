/** Figures as people read them: on axes, and in what a chart says of a point. */

const UNITS: [number, string][] = [
  [8.64e7, "d"],
  [3.6e6, "h"],
  [6e4, "min"],
  [1e3, "s"],
];

/** A length of time, in one or two units. */
export function length(milliseconds: number): string {
  if (milliseconds < 1000) return milliseconds ? `${Math.round(milliseconds)} ms` : "0";
  for (const [at, [size, name]] of UNITS.entries()) {
    if (milliseconds < size) continue;
    const smaller = UNITS[at + 1];
    const whole = Math.floor(milliseconds / size);
    const rest = smaller ? Math.floor((milliseconds % size) / smaller[0]) : 0;
    if (!smaller) return `${(milliseconds / size).toFixed(milliseconds < 1e4 ? 1 : 0)} ${name}`;
    return rest ? `${whole} ${name} ${rest} ${smaller[1]}` : `${whole} ${name}`;
  }
  return "0";
}

/** A moment, as fine as the buckets are. */
export function moment(at: number, bucket: string): string {
  if (bucket === "day") return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", weekday: "short" }).format(at);
  if (bucket === "second") return SECONDS.format(at);
  return `${DAY.format(at)}, ${MINUTES.format(at)}`;
}

/** A moment below an axis, whose marks stand so far from each other. */
export function tick(at: number, step: number): string {
  const when = new Date(at);
  const isMidnight = when.getHours() === 0 && when.getMinutes() === 0 && when.getSeconds() === 0;
  if (step >= 8.64e7 || isMidnight) return DAY.format(when);
  return (step < 6e4 ? SECONDS : MINUTES).format(when);
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MINUTES = new Intl.DateTimeFormat(undefined, CLOCK);
const SECONDS = new Intl.DateTimeFormat(undefined, { ...CLOCK, second: "2-digit" });

export function count(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : "";
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function money(dollars: number): string {
  return dollars && dollars < 1 ? `$${dollars.toFixed(2)}` : `$${dollars.toLocaleString("en", { maximumFractionDigits: 2 })}`;
}

export function tokens(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(0)}k` : String(value);
}
