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

/** Press the button, or carry out the command, that has this key; the nearest to what is selected goes first. */
function press(keys: string, context: Omit<Context, "data">): boolean {
  const near = document.activeElement?.closest("[data-item]") ?? document.querySelector("[data-item][aria-current=true]");
  const selector = `[data-key="${CSS.escape(keys)}"]:not(:disabled)`;
  const button = near?.querySelector<HTMLElement>(selector) ?? document.querySelector<HTMLElement>(selector);
  if (button) {
    button.click();
    return true;
  }
  const command = declared().find((one) => one.keys === keys);
  if (command) void carryOut(command, context);
  return command !== undefined;
}
