/** Which of many cards are in sight, and where each is. Pure. */
export interface Geometry {
  /** Cards side by side. */
  across: number;
  /** Of one card, with the gap behind it. */
  width: number;
  height: number;
  gap: number;
}

const NARROWEST = 184;
const BEYOND = 3;

export function geometryOf(width: number, cardHeight: number, gap: number): Geometry {
  const across = Math.max(1, Math.floor((width + gap) / (NARROWEST + gap)));
  // A column that is a little wider than two of the narrowest holds one comfortable card.
  const fitting = across > 1 && width / across < NARROWEST * 1.15 ? across - 1 : across;
  return { across: fitting, width: (width + gap) / fitting, height: cardHeight + gap, gap };
}

/** The indices of the cards between two heights, some rows beyond them included: from, and to but not with. */
export function inSight(count: number, top: number, bottom: number, geometry: Geometry): [number, number] {
  const first = Math.max(0, Math.floor(top / geometry.height) - BEYOND);
  const last = Math.ceil(bottom / geometry.height) + BEYOND;
  return [Math.min(count, first * geometry.across), Math.min(count, Math.max(0, last) * geometry.across)];
}

export function heightOf(count: number, geometry: Geometry): number {
  return count ? Math.ceil(count / geometry.across) * geometry.height - geometry.gap : 0;
}

/** The index before which something dropped there would go. */
export function indexAt(x: number, y: number, count: number, { across, width, height }: Geometry): number {
  if (across === 1) return Math.max(0, Math.min(count, Math.round(y / height)));
  const row = Math.max(0, Math.floor(y / height));
  return Math.max(0, Math.min(count, row * across + Math.max(0, Math.min(across, Math.round(x / width)))));
}
