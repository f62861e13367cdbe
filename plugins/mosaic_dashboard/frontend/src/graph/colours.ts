/** The colours of the picture: of a state its tone, as everywhere on the pages. */
import { coloursOf } from "../shell/colours";

const TOKENS = ["surface", "background", "text", "muted", "border", "accent", "quiet", "good", "bad", "person", "warn"] as const;

type Token = (typeof TOKENS)[number];

export const TONES: Record<string, Token> = {
  accepted: "good",
  leased: "accent",
  reported: "accent",
  merging: "accent",
  failed: "bad",
  cancelled: "bad",
  gated: "person",
  delayed: "warn",
};

export interface Colours extends Record<Token, string> {
  font: string;
  tone(state: string): string;
}

/** Return the colours that are in force where an element stands. */
export function pictureColours(element: Element): Colours {
  const found = coloursOf(element, TOKENS);
  return { ...found, tone: (state) => found[TONES[state] ?? "quiet"], font: getComputedStyle(document.body).fontFamily };
}
