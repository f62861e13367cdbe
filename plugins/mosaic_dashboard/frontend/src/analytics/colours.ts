/** The colours of charts: the design tokens as they are now, resolved, since a canvas knows no variables. */
export type Colours = Record<"text" | "muted" | "border" | "accent" | "good" | "warn" | "bad" | "surface", string>;

const NAMES = ["text", "muted", "border", "accent", "good", "warn", "bad", "surface"] as const;

export function readColours(): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const found = {} as Colours;
  for (const name of NAMES) {
    probe.style.color = `var(--color-${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

/** A colour, so much of it seen. */
export function faint(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${share * 100}%, transparent)`;
}
