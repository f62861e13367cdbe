/** A column without lanes: its head, and its cards in a list that scrolls on its own. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Sign } from "../shell/signs";
import { Cards } from "./cards";
import { COLUMNS, WORKING } from "./columns";
import type { Card } from "./deck";
import type { Model } from "./model";
import { labelOf, stepsTo } from "./moves";
import { indexOf } from "./order";
import { useSight } from "./sight";
import { geometryOf, inSight } from "./windowing";

interface HeadProps {
  model: Model;
  column: number;
  count: number;
  isSlim: boolean;
  onFold(): void;
}

/** The words of what a drop here would do, or why it would do nothing. */
export function targetWords(model: Model, column: number): string {
  const { lift } = model;
  if (!lift) return "";
  if (lift.refusals[column]) return lift.over === column ? lift.refusals[column]! : "";
  const steps = stepsTo(lift.cards.flatMap((card) => [...card.leaves.values()]), column);
  if (!steps.length) return lift.over === column ? "Move up or down" : "";
  return labelOf(steps[0]!.act, steps.length);
}

export function classOf(model: Model, column: number): string {
  const names = [`tone-${COLUMNS[column]!.name}`];
  const { lift } = model;
  if (lift) {
    names.push(lift.refusals[column] ? "refuses" : "takes");
    if (lift.over === column) names.push("is-over");
  }
  return names.join(" ");
}

export function Head({ model, column, count, isSlim, onFold }: HeadProps) {
  const { name, title, sign, hint } = COLUMNS[column]!;
  const words = targetWords(model, column);
  return (
    <header class="board-head">
      <h2 id={`board-${name}`} title={`${title}: ${hint}`}>
        <Sign name={`state-${sign}`} />
        <span class="board-head-title">{title}</span>
        <span class="board-head-count">{count.toLocaleString("en")}</span>
      </h2>
      <button
        type="button"
        class="quiet board-fold"
        aria-expanded={!isSlim}
        aria-label={`${isSlim ? "Unfold" : "Fold"} ${title}`}
        onClick={onFold}
      >
        <Sign name={isSlim ? "icon-right" : "icon-down"} />
      </button>
      {words && <p class="board-target">{words}</p>}
    </header>
  );
}

/** Beside the cards, in a column: as the style sheet has it. */
const PADDING = 6;

interface Props extends HeadProps {
  cards: readonly Card[];
  lane: string;
  cardHeight: number;
  gap: number;
  tick: number;
  hasPath: boolean;
}

export function ColumnView(props: Props) {
  const { model, column, cards, isSlim, cardHeight, gap } = props;
  const { name, title, none } = COLUMNS[column]!;
  const scroller = useRef<HTMLDivElement>(null);
  const sight = useSight(scroller, cardHeight + gap);
  const geometry = geometryOf(Math.max(0, sight.width - 2 * PADDING), cardHeight, gap);
  model.across[column] = geometry.across;
  useAnchor(scroller, cards, column, geometry.height, geometry.across);
  const [from, to] = inSight(cards.length, sight.top, sight.top + sight.height + geometry.height, geometry);
  return (
    <section
      class={`board-column ${isSlim ? "is-slim" : ""} ${classOf(model, column)}`}
      data-column={column}
      aria-labelledby={`board-${name}`}
    >
      <Head {...props} />
      <div class="board-scroll" ref={scroller}>
        {!isSlim && sight.width > 0 && (
          <Cards
            {...props}
            from={from}
            to={to}
            geometry={geometry}
            label={title}
            tick={column === WORKING ? props.tick : 0}
          />
        )}
        {!isSlim && !cards.length && model.store.isComplete && <p class="board-none">{none}</p>}
      </div>
    </section>
  );
}

/** Keeps the cards that somebody looks at in sight while others come and go above them. */
function useAnchor(
  ref: { current: HTMLElement | null },
  cards: readonly Card[],
  column: number,
  rowHeight: number,
  across: number,
): void {
  const anchor = useRef<{ card: Card; row: number; top: number } | null>(null);
  const note = useRef(() => {});
  note.current = () => {
    const top = ref.current?.scrollTop ?? 0;
    const row = Math.floor(top / rowHeight);
    const card = cards[row * across];
    anchor.current = top > rowHeight && card ? { card, row, top } : null;
  };
  useLayoutEffect(() => {
    const [element, scrolled] = [ref.current, () => note.current()];
    element?.addEventListener("scroll", scrolled, { passive: true });
    return () => element?.removeEventListener("scroll", scrolled);
  }, []);
  useLayoutEffect(() => {
    const held = anchor.current;
    if (!held || !ref.current) return;
    if (held.card.column !== column) return note.current();
    const row = Math.floor(indexOf(cards, held.card) / across);
    if (row < 0 || row === held.row) return;
    const top = held.top + (row - held.row) * rowHeight;
    ref.current.scrollTop = top;
    anchor.current = { card: held.card, row, top };
  });
}
