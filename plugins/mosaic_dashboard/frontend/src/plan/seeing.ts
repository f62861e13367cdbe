/** Brings what is chosen into view, and the keyboard's focus to it. */
import { isWriting } from "../shell/typing";
import type { PlanStore } from "./store";

const MARGIN = 40;

/** Scroll a pane, and nothing around it, so that something in it is seen. */
export function show(place: HTMLElement | null, selector: string): void {
  const target = place?.querySelector<HTMLElement>(selector);
  const pane = place?.closest<HTMLElement>(".plan-scroll");
  if (!target || !pane) return;
  const [outer, inner] = [pane.getBoundingClientRect(), target.getBoundingClientRect()];
  if (inner.top >= outer.top + MARGIN && inner.bottom <= outer.bottom - MARGIN) return;
  pane.scrollTop += inner.top - outer.top - outer.height / 3;
}

/** Put the keyboard's focus on a row, once it is drawn; whoever has gone elsewhere meanwhile keeps it there. */
export function focusRow(id: string): void {
  requestAnimationFrame(() => {
    const now = document.activeElement;
    const isInTree = now?.closest(".plan-tree") && !isWriting(now);
    if (now && now !== document.body && !isInTree) return;
    document.querySelector<HTMLElement>(`.plan-tree [data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  });
}

export function focusChosen(store: PlanStore): void {
  if (store.chosen.value?.kind === "node") focusRow(store.chosen.value.id);
}
