/** The board: tools, columns or lanes, and what lies over them. */
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { Chooser } from "./chooser";
import { ColumnView } from "./column";
import { COLUMNS } from "./columns";
import { useFocus, useMedia, useRem, useSlim, useTick } from "./hooks";
import { KEYS, onKey } from "./keyboard";
import { Lanes } from "./lanes";
import type { Model } from "./model";
import { Peek } from "./peek";
import { Dragging } from "./pointer";
import { Selection } from "./selection";
import { Toolbar } from "./toolbar";
import { isFiltered } from "./view";

const HELP = KEYS.map(([keys, words]) => `${keys}: ${words}.`).join(" ");
const GAP = 8;

export function Board({ model }: { model: Model }) {
  const root = useRef<HTMLDivElement>(null);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  // Before the model is opened: an effect waits for a frame, and tasks may be quicker.
  useLayoutEffect(() => model.on(() => draw(undefined)), [model]);
  useLayoutEffect(() => {
    const dragging = new Dragging(root.current!, model);
    return () => dragging.close();
  }, [model]);
  const tick = useTick(model);
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
      {model.peek && <Peek key={model.peek} model={model} tick={tick} />}
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
