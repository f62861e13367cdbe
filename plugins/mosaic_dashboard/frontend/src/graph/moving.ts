/** Where the arrow keys lead. */
import type { Layout } from "./layout";
import type { Folded } from "./model";

/** Return the box that a key leads to: along the dependencies, or beside them, depending on which way they run. */
export function beside(folded: Folded, layout: Layout, selected: number, step: string): number | undefined {
  const [back, forth, less] = layout.isDownwards ? ["up", "down", "left"] : ["left", "right", "up"];
  const [along, across] = layout.isDownwards ? [layout.y, layout.x] : [layout.x, layout.y];
  const distance = (box: number) => Math.abs(across[box]! - across[selected]!);
  const nearest = (boxes: number[]) => boxes.sort((one, other) => distance(one) - distance(other))[0];
  if (step === back) return nearest(folded.edges.filter((edge) => edge[1] === selected).map((edge) => edge[0]));
  if (step === forth) return nearest(folded.edges.filter((edge) => edge[0] === selected).map((edge) => edge[1]));
  const way = step === less ? -1 : 1;
  const isThere = (box: number) => along[box] === along[selected] && (across[box]! - across[selected]!) * way > 0;
  return nearest([...folded.boxes.keys()].filter(isThere));
}
