/** The board: tools, columns or lanes, and what lies over them. */
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { ColumnView, classOf } from "./column";
import { COLUMNS, DONE, ENDED, NEEDS, READY, VERIFYING, WORKING } from "./columns";
import { onKey } from "./keyboard";
import { Lanes } from "./lanes";
import type { Model } from "./model";
import { Peek } from "./peek";
import { Dragging } from "./pointer";
import { Selection } from "./selection";
import { Sign } from "./sign";
import { Toolbar } from "./toolbar";
import { isFiltered } from "./view";

const HELP =
  "Arrow keys go from card to card. Enter opens it, I looks at it, X selects it. Space lifts it: then arrows move it, Enter drops it, Escape puts it back.";
const GAP = 8;

export function Board({ model }: { model: Model }) {
  const root = useRef<HTMLDivElement>(null);
  const [version, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => model.on(() => draw(undefined)), [model]);
  useEffect(() => {
    const dragging = new Dragging(root.current!, model);
    return () => dragging.close();
  }, [model]);
  const tick = useTick(model, version);
  useFocus(root, model);
  const isPhone = useMedia("(max-width: 60rem)");
  const rem = useRem();
  const totals = model.deck.totals();
  const slim = useSlim(model, totals, isPhone);
  const hasPath = model.facets.levels > 0;
  const cardHeight = Math.round(rem * (hasPath || model.view.level >= 0 ? 7.125 : 5.75));
  const fold = (column: number) => {
    const { name } = COLUMNS[column]!;
    if (slim.isSlim[column]) {
      slim.open(column);
      model.look({ columns: model.view.columns.filter((one) => one !== name) });
    } else {
      slim.shut(column);
      model.look({ columns: [...model.view.columns, name] });
    }
  };
  const shared = { model, cardHeight, gap: GAP, tick, hasPath };
  return (
    <div
      class={`board ${model.lift ? "has-lift" : ""} ${model.peek ? "has-peek" : ""}`}
      ref={root}
      onKeyDown={(event) => onKey(model, event)}
      onClick={(event) => look(model, event)}
      onFocusIn={(event) => focused(model, event)}
    >
      <p id="board-help" class="visually-hidden">
        {HELP}
      </p>
      <div class="visually-hidden" role="status" aria-live="assertive">
        {model.said}
      </div>
      <Toolbar model={model} />
      {model.problem && <p class="problem">{model.problem}</p>}
      {isPhone && <Chooser root={root} model={model} totals={totals} />}
      {model.view.lanes ? (
        <Lanes {...shared} slim={slim.isSlim} totals={totals} onFold={fold} />
      ) : (
        <div class="board-columns">
          {COLUMNS.map((column, index) => (
            <ColumnView
              key={column.name}
              {...shared}
              column={index}
              lane=""
              count={totals[index]!}
              cards={model.deck.lanes[0]?.cells[index] ?? []}
              isSlim={slim.isSlim[index]!}
              onFold={() => fold(index)}
            />
          ))}
        </div>
      )}
      {model.store.isComplete && isFiltered(model.view) && !model.deck.cards.size && (
        <p class="board-nothing">Nothing is as the filters ask for.</p>
      )}
      <Selection model={model} />
      {model.peek && <Peek model={model} tick={tick} />}
    </div>
  );
}

function look(model: Model, event: MouseEvent): void {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-look]") : null;
  if (!button) return;
  model.peek = button.dataset.look ?? "";
  model.focus = model.peek;
  model.tell();
}

function focused(model: Model, event: FocusEvent): void {
  const card = event.target instanceof HTMLElement ? event.target.dataset.card : undefined;
  if (card === undefined || card === model.focus) return;
  model.focus = card;
  model.tell();
}

/** On a phone, one column is seen at a time: these are the others, and where a card that is held can go. */
function Chooser({ root, model, totals }: { root: { current: HTMLElement | null }; model: Model; totals: readonly number[] }) {
  const [current, setCurrent] = useState(0);
  const chooser = useRef<HTMLElement>(null);
  useEffect(() => {
    const scroller = root.current?.querySelector<HTMLElement>(".board-columns, .board-lanes");
    if (!scroller) return;
    const read = () => {
      const columns = [...scroller.querySelectorAll<HTMLElement>(".board-column")];
      const near = columns.map((one) => Math.abs(one.offsetLeft - (columns[0]?.offsetLeft ?? 0) - scroller.scrollLeft));
      setCurrent(near.indexOf(Math.min(...near)));
    };
    scroller.addEventListener("scroll", read, { passive: true });
    read();
    return () => scroller.removeEventListener("scroll", read);
  }, [model.view.lanes]);
  const show = (index: number, behavior: ScrollBehavior) => {
    const column = root.current?.querySelectorAll<HTMLElement>(".board-columns > .board-column, .board-lane-heads > .board-column")[index];
    column?.scrollIntoView({ behavior, block: "nearest", inline: "start" });
  };
  const isComplete = model.store.isComplete;
  useEffect(() => {
    // What is worth a look first: what needs somebody, what goes on, what could, and else how it ended.
    if (isComplete) show([NEEDS, WORKING, VERIFYING, READY, ENDED, DONE].find((column) => totals[column]) ?? 0, "instant");
  }, [isComplete]);
  useEffect(() => {
    const button = chooser.current?.children[current] as HTMLElement | undefined;
    if (button && chooser.current) chooser.current.scrollLeft = button.offsetLeft - chooser.current.clientWidth / 3;
  }, [current]);
  return (
    <nav class="board-chooser" aria-label="Columns" ref={chooser}>
      {COLUMNS.map((column, index) => (
        <button
          key={column.name}
          type="button"
          class={classOf(model, index)}
          data-column={index}
          aria-current={index === current ? "true" : undefined}
          onClick={() => show(index, "smooth")}
        >
          <Sign name={`state-${column.sign}`} />
          {column.title}
          <span class="board-head-count">{totals[index]!.toLocaleString("en")}</span>
        </button>
      ))}
    </nav>
  );
}

/** Which columns are slim: those that were folded, and those in which nothing has stood yet. */
function useSlim(model: Model, totals: readonly number[], isPhone: boolean) {
  const known = useRef(COLUMNS.map(() => false));
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
function useFocus(root: { current: HTMLElement | null }, model: Model): void {
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
function useTick(model: Model, version: number): number {
  const [tick, setTick] = useState(0);
  const isMoving = Boolean(model.store.run?.counts.leased);
  useEffect(() => {
    if (!isMoving) return;
    const timer = window.setInterval(() => {
      if (!document.hidden) setTick((count) => count + 1);
    }, 1000);
    return () => window.clearInterval(timer);
  }, [isMoving]);
  void version;
  return tick;
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const changed = () => setMatches(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [query]);
  return matches;
}

function useRem(): number {
  const [rem] = useState(() => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
  return rem;
}
