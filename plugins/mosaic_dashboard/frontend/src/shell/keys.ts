/** Keys: those that buttons and commands declare (`data-key`), and sequences such as `g b`. */
import type { Context } from "./api";
import { carryOut, declared } from "./palette";
import { isDecision } from "./typing";

const SEQUENCE_MS = 1200;
export function listenToKeys(context: Omit<Context, "data">, openPalette: () => void, showKeys: () => void): void {
  let before = "";
  let at = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (!isDecision(event) || document.querySelector("dialog[open]:not(.key-help)")) return;
    if (event.key === "?") {
      event.preventDefault();
      return showKeys();
    }
    if (document.querySelector("dialog[open]")) return;
    const sequence = event.timeStamp - at < SEQUENCE_MS && before ? `${before} ${event.key}` : "";
    before = event.key;
    at = event.timeStamp;
    if (sequence && press(sequence, context)) before = "";
    else if (!press(event.key, context)) return;
    event.preventDefault();
  });
}

/** Mark the buttons whose key others have as well: it is shown where it works. */
export function markShared(): void {
  const buttons = [...document.querySelectorAll<HTMLElement>("[data-key]:not(:disabled)")];
  const counts = new Map<string, number>();
  for (const { dataset } of buttons) counts.set(dataset.key!, (counts.get(dataset.key!) ?? 0) + 1);
  for (const button of buttons) button.classList.toggle("shares-key", counts.get(button.dataset.key!)! > 1);
}

/** Press the button, or carry out the command, that has this key: that of what is selected, or the only one. */
function press(keys: string, context: Omit<Context, "data">): boolean {
  const near = document.activeElement?.closest("[data-item]") ?? document.querySelector("[data-item][aria-current=true]");
  const selector = `[data-key="${CSS.escape(keys)}"]:not(:disabled)`;
  const all = document.querySelectorAll<HTMLElement>(selector);
  const button = near?.querySelector<HTMLElement>(selector) ?? (all.length === 1 ? all[0] : undefined);
  if (button) {
    button.click();
    return true;
  }
  if (all.length > 1) {
    context.toast("Several have this key here: choose one first.");
    return true;
  }
  const command = declared().find((one) => one.keys === keys);
  if (command) void carryOut(command, context);
  return command !== undefined;
}
