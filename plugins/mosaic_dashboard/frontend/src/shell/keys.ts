/** Keys: those that buttons and commands declare (`data-key`), and sequences such as `g b`. */
import type { Context } from "./api";
import { carryOut, declared } from "./palette";

const SEQUENCE_MS = 1200;

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

export function listenToKeys(context: Omit<Context, "data">, openPalette: () => void): void {
  let before = "";
  let at = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target)) return;
    // A key that is held down is one decision, not one for each of what waits.
    if (event.repeat || event.isComposing) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
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
