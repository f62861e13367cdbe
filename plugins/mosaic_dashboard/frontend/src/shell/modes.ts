/** The choice of light, dark, or what the system says. */
import { COLOURS_CHANGED } from "./colours";

const ORDER = ["system", "light", "dark"] as const;

function currentMode(): (typeof ORDER)[number] {
  const mode = document.documentElement.dataset.mode;
  return mode === "light" || mode === "dark" ? mode : "system";
}

function chooseMode(mode: (typeof ORDER)[number]): void {
  if (mode === "system") delete document.documentElement.dataset.mode;
  else document.documentElement.dataset.mode = mode;
  try {
    if (mode === "system") localStorage.removeItem("mosaic-mode");
    else localStorage.setItem("mosaic-mode", mode);
  } catch {
    // It holds for this page, then.
  }
  drawMode();
  window.dispatchEvent(new CustomEvent(COLOURS_CHANGED));
}

export function nextMode(): void {
  chooseMode(ORDER[(ORDER.indexOf(currentMode()) + 1) % ORDER.length]!);
}

export function drawMode(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-choose-mode]")) {
    const words = { system: "System", light: "Light", dark: "Dark" }[currentMode()];
    button.hidden = false;
    const word = button.querySelector("[data-mode-word]");
    if (word) word.textContent = words;
    button.setAttribute("aria-label", `Colours: ${words}`);
  }
}
