/** Keeps times true while the page is open: how long ago, and moments in the reader's own time zone. */

const STEPS: [number, string][] = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

export function agoWords(at: number, now = Date.now()): string {
  const seconds = (now - at) / 1000;
  if (seconds >= 0 && seconds < 1) return "now";
  const size = Math.abs(seconds);
  const [step, unit] = STEPS.find(([length]) => size >= length) ?? [1, "s"];
  const count = Math.max(1, Math.floor(size / step));
  return seconds < 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

/** A length of time in one or two units, as the server writes it. */
export function durationWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  for (let index = 0; index < STEPS.length - 1; index++) {
    const [size, name] = STEPS[index]!;
    const [less, lesser] = STEPS[index + 1]!;
    if (seconds >= size) {
      const rest = Math.floor((seconds % size) / less);
      return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${lesser}` : ""}`;
    }
  }
  return `${Math.round(seconds)} s`;
}

export function drawTimes(root: ParentNode = document): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const words = agoWords(Date.parse(element.dateTime));
    if (element.textContent !== words) element.textContent = words;
  }
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const words = new Date(element.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: element.dataset.clock ? "medium" : "short", hourCycle: "h23" });
    if (element.textContent !== words) element.textContent = words;
  }
}

/** Every second for what is new, then less often; never while nobody looks. */
export function keepTimes(): void {
  const tick = () => {
    if (!document.hidden) drawTimes();
    const times = [...document.querySelectorAll<HTMLTimeElement>("time[data-ago]")].map((one) => Date.parse(one.dateTime));
    const youngest = times.length ? (Date.now() - Math.max(...times)) / 1000 : Infinity;
    window.setTimeout(tick, youngest < 60 ? 1000 : 20_000);
  };
  tick();
}
