/** Rows of a draft that are dragged to another place: before a row, behind it, or into it. */
import { signal } from "@preact/signals";
import { isWithin, type Branch } from "./model";
import type { PlanStore } from "./store";

type Zone = "before" | "into" | "behind";

export const hovered = signal<{ id: string; zone: Zone } | null>(null);
let dragged: Branch | null = null;

export function startDrag(event: DragEvent, branch: Branch): void {
  dragged = branch;
  event.dataTransfer?.setData("text/plain", branch.node.title);
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
}

export function endDrag(): void {
  dragged = null;
  hovered.value = null;
}

export function hover(event: DragEvent, branch: Branch): void {
  if (!dragged || isWithin(branch, dragged)) {
    hovered.value = null;
    return;
  }
  event.preventDefault();
  const zone = zoneOf(event);
  if (hovered.value?.id !== branch.id || hovered.value.zone !== zone) hovered.value = { id: branch.id, zone };
}

export function drop(event: DragEvent, store: PlanStore, branch: Branch): void {
  const node = dragged;
  const zone = zoneOf(event);
  endDrag();
  if (!node || isWithin(branch, node)) return;
  event.preventDefault();
  if (zone === "into") {
    void store.edit({ kind: "move_node", node: node.id, parent: branch.id });
    return;
  }
  const siblings = (branch.parent?.children ?? store.model.value.roots).filter((one) => one !== node);
  const position = siblings.indexOf(branch) + (zone === "behind" ? 1 : 0);
  void store.edit({ kind: "move_node", node: node.id, parent: branch.parent?.id ?? "", position });
}

function zoneOf(event: DragEvent): Zone {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const share = (event.clientY - box.top) / box.height;
  return share < 0.3 ? "before" : share > 0.7 ? "behind" : "into";
}
