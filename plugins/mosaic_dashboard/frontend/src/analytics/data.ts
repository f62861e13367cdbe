/** What the page's template hands over: the answer of analytics.show, as far as charts need it. Times in milliseconds. */
export interface Bucket {
  start: number;
  accepted: number;
  first: number;
  first_share: number | null;
  lead_p50: number | null;
  lead_p90: number | null;
  cycle_p50: number | null;
  cycle_p90: number | null;
  done: number;
  dropped: number;
  total: number;
}

export interface Spent {
  name: string;
  money: number;
  tokens: number;
}

interface Forecast {
  left: number;
  end_p50: number | null;
  end_p90: number | null;
}

export interface Analytics {
  bucket: string;
  now: number;
  series: Bucket[];
  days: Spent[];
  forecast: Forecast;
}

const SIZES: Record<string, number> = { second: 1e3, minute: 6e4, hour: 3.6e6, day: 8.64e7 };

/** How long a bucket is. */
export function sizeOf(data: Analytics): number {
  return SIZES[data.bucket] ?? 1e3;
}

/** Read it from the page, as text first: most drawings bring the same; null where there is nothing to draw. */
export function readData(): { text: string; parsed(): Analytics } | null {
  const text = document.getElementById("analytics-data")?.textContent;
  return text ? { text, parsed: () => JSON.parse(text) as Analytics } : null;
}
