/** A layered layout, from what is needed to what needs it, rightwards or downwards, in time that grows with the edges:
 *  layers by the longest path, order within them by barycentres (Sugiyama, Tagawa and Toda 1981), places by isotonic
 *  regression. Layers with very many boxes are laid in several columns. */

export const WIDTH = 216;
export const HEIGHT = 46;
const SWEEPS = 6;
/** Sizes along the way of the dependencies, and across it. */
const RIGHTWARDS = { along: WIDTH, gap: 72, column: 20, across: HEIGHT + 14 };
const DOWNWARDS = { along: HEIGHT, gap: 50, column: 14, across: WIDTH + 22 };

export interface Layout {
  isDownwards: boolean;
  /** The upper left corner of each box. */
  x: Float64Array;
  y: Float64Array;
  width: number;
  height: number;
}

/** Lay boxes out for a view of this shape: in the direction in which more of them can be read at once. */
export function layOut(count: number, edges: readonly [number, number][], width = 1, height = 1): Layout {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) {
    after[from]!.push(to);
    before[to]!.push(from);
  }
  const layerOf = layersOf(count, before, after);
  const layers: number[][] = [];
  for (let box = 0; box < count; box++) (layers[layerOf[box]!] ??= []).push(box);
  for (let index = 0; index < layers.length; index++) layers[index] ??= [];
  order(layers, before, after, count);
  const found = [place(layers, before, after, count, false), place(layers, before, after, count, true)] as const;
  const [right, down] = found.map((one) => Math.min(width / one.width, height / one.height)) as [number, number];
  return found[down > right * 1.3 ? 1 : 0];
}

/** The layer of each box; a circle, which folding can make, is cut where it has least before it. */
function layersOf(count: number, before: number[][], after: number[][]): Int32Array {
  const layer = new Int32Array(count);
  const open = Int32Array.from(before, (list) => list.length);
  const done = new Uint8Array(count);
  const queue: number[] = [];
  for (let box = 0; box < count; box++) if (!open[box]) queue.push(box);
  let place = 0;
  for (let left = count; left > 0; left--) {
    if (place === queue.length) {
      let least = -1;
      for (let box = 0; box < count; box++) if (!done[box] && (least < 0 || open[box]! < open[least]!)) least = box;
      queue.push(least);
      open[least] = 0;
    }
    const box = queue[place++]!;
    done[box] = 1;
    for (const next of after[box]!) {
      if (done[next]) continue;
      layer[next] = Math.max(layer[next]!, layer[box]! + 1);
      if (open[next]! > 0 && --open[next]! === 0) queue.push(next);
    }
  }
  return layer;
}

function order(layers: number[][], before: number[][], after: number[][], count: number): void {
  const rank = new Float64Array(count);
  const weight = new Float64Array(count);
  const number = () => layers.forEach((layer) => layer.forEach((box, index) => (rank[box] = index / Math.max(1, layer.length))));
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const [neighbours, run] = sweep % 2 ? [after, [...layers].reverse()] : [before, layers];
    for (const layer of run) {
      for (const box of layer) {
        const near = neighbours[box]!;
        let sum = 0;
        for (const one of near) sum += rank[one]!;
        weight[box] = near.length ? sum / near.length : rank[box]!;
      }
      layer.sort((one, other) => weight[one]! - weight[other]! || rank[one]! - rank[other]!);
      layer.forEach((box, index) => (rank[box] = index / Math.max(1, layer.length)));
    }
  }
}

function place(layers: number[][], before: number[][], after: number[][], count: number, isDownwards: boolean): Layout {
  const sizes = isDownwards ? DOWNWARDS : RIGHTWARDS;
  const along = new Float64Array(count);
  const across = new Float64Array(count);
  const most = Math.max(24, Math.ceil(Math.sqrt(count) * 1.6));
  const single: number[][] = [];
  let end = 0;
  for (const layer of layers) {
    const columns = Math.max(1, Math.ceil(layer.length / most));
    const rows = Math.ceil(layer.length / columns);
    layer.forEach((box, index) => {
      along[box] = end + Math.floor(index / rows) * (sizes.along + sizes.column);
      across[box] = ((index % rows) - (rows - 1) / 2) * sizes.across;
    });
    if (columns === 1) single.push(layer);
    end += columns * sizes.along + (columns - 1) * sizes.column + sizes.gap;
  }
  for (let pass = 0; pass < 4; pass++) {
    const neighbours = pass % 2 ? after : before;
    for (const layer of pass % 2 ? [...single].reverse() : single) settle(layer, neighbours, across, sizes.across);
  }
  let [least, largest] = count ? [Infinity, -Infinity] : [0, 0];
  for (const value of across) [least, largest] = [Math.min(least, value), Math.max(largest, value)];
  for (let box = 0; box < count; box++) across[box] = across[box]! - least;
  const [length, breadth] = [Math.max(1, end - sizes.gap), largest - least + (isDownwards ? WIDTH : HEIGHT)];
  return isDownwards
    ? { isDownwards, x: across, y: along, width: breadth, height: length }
    : { isDownwards, x: along, y: across, width: length, height: breadth };
}

/** Move the boxes of a layer towards their neighbours, in their order and without overlap (pool adjacent violators). */
function settle(layer: number[], neighbours: number[][], y: Float64Array, step: number): void {
  const blocks: { sum: number; size: number }[] = [];
  layer.forEach((box, index) => {
    const near = neighbours[box]!;
    let wanted = y[box]!;
    if (near.length) wanted = near.reduce((sum, one) => sum + y[one]!, 0) / near.length;
    blocks.push({ sum: wanted - index * step, size: 1 });
    for (;;) {
      const [last, previous] = [blocks[blocks.length - 1]!, blocks[blocks.length - 2]];
      if (!previous || previous.sum / previous.size <= last.sum / last.size) break;
      blocks.pop();
      previous.sum += last.sum;
      previous.size += last.size;
    }
  });
  let index = 0;
  for (const block of blocks) {
    for (let each = 0; each < block.size; each++, index++) y[layer[index]!] = block.sum / block.size + index * step;
  }
}
