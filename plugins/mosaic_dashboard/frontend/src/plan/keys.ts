/** The keys of the tree. */
import type { KeyWords } from "../shell/api";
import type { Branch } from "./model";
import { focusChosen } from "./seeing";
import type { PlanStore } from "./store";

/** What the keys of a tree do, for whoever asks. */
export const KEYS: readonly KeyWords[] = [
  ["↑ ↓", "go from node to node"],
  ["→ ←", "unfold or go in, fold or go out"],
  ["Home End", "go to the first or the last"],
  ["Enter", "look at it beside the tree"],
  ["Esc", "look at none"],
];

/** What further ones do where the tree can be changed. */
export const DRAFT_KEYS: readonly KeyWords[] = [
  ["F2", "rename"],
  ["a", "add one behind it"],
  ["Shift A", "add one below it"],
  ["Alt ↑ ↓", "move it among its siblings"],
  ["Alt ← →", "move it out, or into the one before it"],
  ["s", "split it in two"],
  ["w", "let it wait for another"],
  ["Delete", "remove it"],
  ["Ctrl Z", "undo"],
  ["Ctrl Shift Z", "redo"],
];

export function treeKey(store: PlanStore, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target.matches("input, textarea, select") || event.ctrlKey || event.metaKey) return;
  const rows = store.rows.value;
  const id = target.closest<HTMLElement>("[data-node]")?.dataset.node ?? "";
  const index = rows.findIndex((row) => row.id === id);
  const branch = rows[index];
  if (!branch) return;
  const isDone = event.altKey ? store.isDraft && move(store, branch, event.key) : act(store, rows, index, branch, event);
  if (!isDone) return;
  event.preventDefault();
  event.stopPropagation();
}

function act(store: PlanStore, rows: Branch[], index: number, branch: Branch, event: KeyboardEvent): boolean {
  const isOpen = branch.children.length > 0 && !store.closed.value.has(branch.id);
  switch (event.key) {
    case "ArrowDown":
      return go(store, rows[index + 1]);
    case "ArrowUp":
      return go(store, rows[index - 1]);
    case "Home":
      return go(store, rows[0]);
    case "End":
      return go(store, rows.at(-1));
    case "ArrowRight":
      if (branch.children.length && !isOpen) store.toggle(branch.id, true);
      else go(store, branch.children[0]);
      return true;
    case "ArrowLeft":
      if (isOpen) store.toggle(branch.id, false);
      else go(store, branch.parent ?? undefined);
      return true;
    case "Enter":
    case " ":
      store.choose({ kind: "node", id: branch.id });
      return true;
    case "Escape":
      store.choose(null);
      return true;
  }
  return store.isDraft && change(store, branch, event.key);
}

function change(store: PlanStore, branch: Branch, key: string): boolean {
  const siblings = branch.parent?.children ?? store.model.value.roots;
  switch (key) {
    case "F2":
    case "e":
      store.renaming.value = branch.id;
      return true;
    case "a":
      store.add(branch.parent?.id ?? "", siblings.indexOf(branch) + 1);
      return true;
    case "A":
      store.add(branch.id, branch.children.length);
      return true;
    case "s":
      void store.edit({ kind: "split_node", node: branch.id, parts: 2 });
      return true;
    case "w":
      store.choose({ kind: "node", id: branch.id });
      requestAnimationFrame(() => document.getElementById("plan-waits")?.focus());
      return true;
    case "Delete": {
      const next = siblings[siblings.indexOf(branch) + 1] ?? siblings[siblings.indexOf(branch) - 1] ?? branch.parent;
      void store.edit({ kind: "remove_node", node: branch.id }).then((isDone) => {
        if (isDone && next) store.choose({ kind: "node", id: store.draft.renumbered[next.id] ?? next.id });
        focusChosen(store);
      });
      return true;
    }
  }
  return false;
}

function move(store: PlanStore, branch: Branch, key: string): boolean {
  const siblings = branch.parent?.children ?? store.model.value.roots;
  const place = siblings.indexOf(branch);
  const parent = branch.parent?.id ?? "";
  const to = (target: string, position?: number) => {
    void store.edit({ kind: "move_node", node: branch.id, parent: target, position }).then(() => focusChosen(store));
    return true;
  };
  store.choose({ kind: "node", id: branch.id });
  if (key === "ArrowUp") return place === 0 || to(parent, place - 1);
  if (key === "ArrowDown") return place === siblings.length - 1 || to(parent, place + 1);
  if (key === "ArrowRight") return place === 0 || to(siblings[place - 1]!.id);
  if (key !== "ArrowLeft") return false;
  if (!branch.parent) return true;
  const around = branch.parent.parent?.children ?? store.model.value.roots;
  return to(branch.parent.parent?.id ?? "", around.indexOf(branch.parent) + 1);
}

function go(store: PlanStore, branch: Branch | undefined): boolean {
  if (branch) {
    store.choose({ kind: "node", id: branch.id });
    focusChosen(store);
  }
  return true;
}
