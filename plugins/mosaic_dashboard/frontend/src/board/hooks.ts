/** What the board remembers and minds beside the model: slim columns, the focus, seconds, the window. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { COLUMNS } from "./columns";
import type { Model } from "./model";

const ON_THE_WAY = new Set(["waiting", "ready", "working", "verifying", "done"]);

/** Which columns are slim: those that were folded, and those in which nothing has stood yet. While a run goes on those
 *  through which every task goes are wide from the start, so that the board stands still when the first card comes. */
export function useSlim(model: Model, totals: readonly number[], isPhone: boolean) {
  const known = useRef<boolean[]>([]);
  if (!known.current.length) {
    const isOver = Boolean(model.context.data?.run?.ended_at);
    known.current = COLUMNS.map((column) => !isOver && ON_THE_WAY.has(column.name));
  }
  const counts = model.store.run?.counts ?? (model.context.data?.run?.counts as Record<string, number> | undefined) ?? {};
  COLUMNS.forEach((column, index) => {
    if (totals[index] || column.states.some((state) => counts[state])) known.current[index] = true;
  });
  const isSlim = COLUMNS.map(
    (column, index) => !isPhone && (!known.current[index] || model.view.columns.includes(column.name)),
  );
  return {
    isSlim,
    open: (column: number) => (known.current[column] = true),
    shut: (column: number) => (known.current[column] = totals[column]! > 0),
  };
}

/** A card that moves to another column is another element: it gets the focus that the old one had. */
export function useFocus(root: { current: HTMLElement | null }, model: Model): void {
  const last = useRef<Element | null>(null);
  useLayoutEffect(() => {
    const active = document.activeElement;
    const isLost = last.current !== null && !last.current.isConnected && (active === document.body || active === null);
    if (model.wantsFocus || isLost) {
      const card = model.focus ? root.current?.querySelector<HTMLElement>(`[data-card="${CSS.escape(model.focus)}"]`) : null;
      card?.focus({ preventScroll: true });
      if (model.wantsFocus) card?.scrollIntoView({ block: "nearest", inline: "nearest" });
      model.wantsFocus = false;
    }
    const now = document.activeElement;
    last.current = now instanceof HTMLElement && now.dataset.card !== undefined && root.current?.contains(now) ? now : null;
  });
}

/** Counts seconds while something is worked on and somebody looks. */
export function useTick(model: Model): number {
  const [tick, setTick] = useState(0);
  const isMoving = Boolean(model.store.run?.counts.leased);
  useEffect(() => {
    if (!isMoving) return;
    const timer = window.setInterval(() => {
      if (!document.hidden) setTick((count) => count + 1);
    }, 1000);
    return () => window.clearInterval(timer);
  }, [isMoving]);
  return tick;
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const changed = () => setMatches(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [query]);
  return matches;
}

export function useRem(): number {
  const [rem] = useState(() => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
  return rem;
}
