/** What the keys of the graph do, for whoever asks. */
import type { KeyWords } from "../shell/api";

export const KEYS: readonly KeyWords[] = [
  ["← → ↑ ↓", "follow dependencies, and go to what stands beside"],
  ["Enter", "open it"],
  ["Space", "fold, or unfold"],
  ["+ − 0", "zoom, and show all of it"],
  ["Esc", "choose none"],
];
export const UNDO_KEYS: readonly KeyWords[] = [
  ["Ctrl Z", "undo"],
  ["Ctrl Shift Z", "redo"],
];
