/** The design tokens as colours that a canvas knows, and when they are others: light or dark, another theme. */
import type { Stop } from "./api";

export const COLOURS_CHANGED = "mosaic:colours";

/** Return the colours of tokens (`--color-NAME`) as they are where an element stands. */
export function coloursOf<Name extends string>(element: Element, names: readonly Name[]): Record<Name, string> {
  // Tokens may hold mixtures, which a canvas does not know: the browser resolves them on an element. Where somebody
  // has it force its own colours, all would be one: a canvas keeps the page's.
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none";
  element.append(probe);
  const found = names.map((name) => {
    probe.style.color = `var(--color-${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(found) as Record<Name, string>;
}

/** Be told when the colours are others. */
export function onColours(told: () => void): Stop {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", told);
  window.addEventListener(COLOURS_CHANGED, told);
  return () => {
    dark.removeEventListener("change", told);
    window.removeEventListener(COLOURS_CHANGED, told);
  };
}
