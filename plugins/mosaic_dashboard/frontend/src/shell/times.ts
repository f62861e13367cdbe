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

const CLOCKS = {
  short: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }),
  seconds: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }),
};

/** Draw what has come to the page: moments, which stay, and how long ago something was. */
export function drawTimes(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const at = Date.parse(element.dateTime);
    if (!Number.isNaN(at)) write(element, CLOCKS[element.dataset.clock ? "seconds" : "short"].format(at));
  }
  drawAgo();
}

/** Return how many seconds ago the youngest moment is. */
function drawAgo(): number {
  let youngest = -Infinity;
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const at = Date.parse(element.dateTime);
    youngest = Math.max(youngest, at);
    write(element, agoWords(at, now));
  }
  return (now - youngest) / 1000;
}

function write(element: HTMLElement, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

/** Every second for what is new, then less often; not while nobody looks. */
export function keepTimes(): void {
  const tick = () => {
    if (document.hidden) document.addEventListener("visibilitychange", tick, { once: true });
    else window.setTimeout(tick, drawAgo() < 60 ? 1000 : 20_000);
  };
  tick();
}
