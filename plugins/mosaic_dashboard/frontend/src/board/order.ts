/** Order in a column: what a card's place depends on, and sorted insertion. Pure. */
import type { Task } from "../shell/tasks";
import { DONE, ENDED, VERIFYING, WORKING } from "./columns";

export interface Placed {
  rank: number;
  tie: number;
}

/** Where a task stands among its like: what is claimed next is first; what ended last is first, too. `arrival`
 *  counts the moves that were seen; 0 for what stood there already. */
export function placeOf(task: Task, column: number, arrival: number): Placed {
  if (column === DONE || column === ENDED) return { rank: -arrival, tie: -task.position };
  if (column === WORKING || column === VERIFYING) return { rank: arrival, tie: task.position };
  return { rank: -task.priority, tie: task.position };
}

export function compare(one: Placed, other: Placed): number {
  return one.rank - other.rank || one.tie - other.tie;
}

/** The first index whose item does not go before `placed`. */
function indexFor(items: readonly Placed[], placed: Placed): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(items[middle]!, placed) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insert<Item extends Placed>(items: Item[], item: Item): void {
  items.splice(indexFor(items, item), 0, item);
}

/** Where an item is; -1 if it is not there. It must have the place that it was inserted with. */
export function indexOf<Item extends Placed>(items: readonly Item[], item: Item): number {
  for (let index = indexFor(items, item); index < items.length; index++) {
    if (items[index] === item) return index;
    if (compare(items[index]!, item) > 0) break;
  }
  return -1;
}

export function remove<Item extends Placed>(items: Item[], item: Item): void {
  const index = indexOf(items, item);
  if (index >= 0) items.splice(index, 1);
}
