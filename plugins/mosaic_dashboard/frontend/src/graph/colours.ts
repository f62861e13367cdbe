/** The page's colours, for a canvas. */

export const TONES: Record<string, string> = {
  accepted: "--color-good",
  leased: "--color-accent",
  reported: "--color-accent",
  merging: "--color-accent",
  failed: "--color-bad",
  cancelled: "--color-bad",
  gated: "--color-person",
  delayed: "--color-warn",
};

export interface Colours {
  surface: string;
  background: string;
  text: string;
  muted: string;
  border: string;
  accent: string;
  tone(state: string): string;
  font: string;
}

/** Return the colours that are in force where an element stands. */
export function coloursOf(element: Element): Colours {
  // Custom properties may hold mixtures, which a canvas does not know: the browser resolves them on an element.
  const probe = document.createElement("i");
  probe.hidden = true;
  element.append(probe);
  const resolved = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const tones = Object.fromEntries(Object.entries(TONES).map(([state, name]) => [state, resolved(name)]));
  const quiet = resolved("--color-quiet");
  const found: Colours = {
    surface: resolved("--color-surface"),
    background: resolved("--color-background"),
    text: resolved("--color-text"),
    muted: resolved("--color-muted"),
    border: resolved("--color-border"),
    accent: resolved("--color-accent"),
    tone: (state) => tones[state] ?? quiet,
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return found;
}
