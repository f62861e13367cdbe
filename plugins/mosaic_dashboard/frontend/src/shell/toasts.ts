/** Short words in a corner. */
import type { Tone } from "./api";

const SECONDS = 6;

export function toast(text: string, tone: Tone = "plain"): void {
  const place = document.querySelector("[data-toasts]");
  if (!place || !text) return;
  const element = document.createElement("div");
  element.className = `toast toast-${tone}`;
  element.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.onclick = () => element.remove();
  element.append(close);
  place.append(element);
  while (place.children.length > 4) place.firstElementChild?.remove();
  if (tone !== "bad") window.setTimeout(() => element.remove(), SECONDS * 1000);
}
