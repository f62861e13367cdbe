/** Which of many cards are in sight, and where each is. Pure. */
export interface Geometry {
  /** Cards side by side. */
  across: number;
  /** Of one card, with the gap behind it. */
  width: number;
  height: number;
  gap: number;
}

const NARROWEST = 200;
const BEYOND = 3;

export function geometryOf(width: number, cardHeight: number, gap: number): Geometry {
  const across = Math.max(1, Math.floor((width + gap) / (NARROWEST + gap)));
  return { across, width: (width + gap) / across, height: cardHeight + gap, gap };
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
