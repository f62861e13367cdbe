/** When a key is only a letter: where somebody writes; and everywhere, for those who speak to the browser or press
 *  keys by accident, and have turned keys off. */
const KEPT = "mosaic-keys";

/** Whether somebody writes there. */
export function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** Whether keys of a letter do something wherever the focus is. */
export function areKeysOn(): boolean {
  return localStorage.getItem(KEPT) !== "off";
}

export function toggleKeys(): void {
  localStorage.setItem(KEPT, areKeysOn() ? "off" : "on");
}

/** Whether a key that was pressed may do something: it is one decision, and nobody writes. */
export function isDecision(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target)) return false;
  // A key that is held down is one decision, not one for each of what waits.
  return !event.repeat && !event.isComposing && areKeysOn();
}
