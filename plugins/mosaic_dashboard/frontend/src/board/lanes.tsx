/** The board with swim lanes: one scroller for all, of which the lanes and cards in sight are drawn. */
import { useRef, useState } from "preact/hooks";
import { Sign } from "../shell/signs";
import { Cards } from "./cards";
import { classOf, Head } from "./column";
import { COLUMNS, WORKING } from "./columns";
import type { Lane } from "./deck";
import type { Model } from "./model";
import { Counts, Progress } from "./counts";
import { useSight } from "./sight";
import { geometryOf, heightOf, inSight, type Geometry } from "./windowing";

const HEAD = 44;
const MORE = 32;
const MOST_ROWS = 4;
const NARROWEST = 160;
const NARROW = 640;
/** Around the cards of a cell: as the style sheet has it. */
const PADDING = 6;
const SLIM = 44;

interface Props {
  model: Model;
  slim: readonly boolean[];
  totals: readonly number[];
  cardHeight: number;
  gap: number;
  tick: number;
  hasPath: boolean;
  onFold(column: number): void;
}

interface Laid {
  lane: Lane;
  top: number;
  height: number;
  isFolded: boolean;
  isOpen: boolean;
  hasMore: boolean;
}

export function Lanes({ model, slim, totals, cardHeight, gap, tick, hasPath, onFold }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const sight = useSight(scroller, cardHeight + gap);
  const wide = slim.filter((one) => !one).length || 1;
  const room = sight.width - (slim.length - wide) * SLIM - (slim.length - 1) * gap;
  // In a narrow window a column is most of it, so that the next one shows that there is more.
  const least = sight.width < NARROW ? Math.round(sight.width * 0.84) : NARROWEST;
  const column = Math.max(least, Math.floor(room / wide));
  const geometry = geometryOf(column - 2 * PADDING, cardHeight, gap);
  model.across.fill(geometry.across);
  const template = slim.map((one) => (one ? `${SLIM}px` : `${column}px`)).join(" ");
  const laid = lay(model, geometry, open, slim);
  const last = laid.at(-1);
  const height = last ? last.top + last.height : 0;
  const bottom = sight.top + sight.height + geometry.height;
  const width = `${wide * column + (slim.length - wide) * SLIM + (slim.length - 1) * gap}px`;
  const toggle = (lane: Lane) => {
    const folded = new Set(model.view.folded);
    if (!folded.delete(lane.key)) folded.add(lane.key);
    model.look({ folded: [...folded] });
  };
  return (
    <div class="board-lanes" ref={scroller}>
      <div class="board-lane-heads" style={{ gridTemplateColumns: template, width }}>
        {COLUMNS.map((one, index) => (
          <div
            key={one.name}
            class={`board-column ${slim[index] ? "is-slim" : ""} ${classOf(model, index)}`}
            data-column={index}
          >
            <Head model={model} column={index} count={totals[index]!} isSlim={slim[index]!} onFold={() => onFold(index)} />
          </div>
        ))}
      </div>
      <div class="board-lane-space" style={{ height: `${height}px`, width }}>
        {laid
          .filter((one) => one.top < bottom && one.top + one.height > sight.top - geometry.height)
          .map((one) => (
            <section
              key={one.lane.key}
              class="board-lane"
              aria-label={laneTitle(model, one.lane)}
              style={{ transform: `translateY(${one.top}px)`, height: `${one.height}px` }}
            >
              <header class="board-lane-head">
                <button type="button" class="quiet" aria-expanded={!one.isFolded} onClick={() => toggle(one.lane)}>
                  <Sign name={one.isFolded ? "icon-right" : "icon-down"} />
                  <strong>{laneTitle(model, one.lane)}</strong>
                </button>
                <span class="board-lane-bar">
                  <Progress counts={one.lane.counts} total={one.lane.total} />
                </span>
                <Counts counts={one.lane.counts} />
                {one.hasMore && (
                  <button
                    type="button"
                    class="quiet"
                    aria-pressed={one.isOpen}
                    onClick={() => setOpen((old) => toggled(old, one.lane.key))}
                  >
                    {one.isOpen ? "Show less" : "Show all"}
                  </button>
                )}
              </header>
              {!one.isFolded && (
                <div class="board-lane-cells" style={{ gridTemplateColumns: template }}>
                  {COLUMNS.map((column, index) => (
                    <div key={column.name} class={`board-cell ${slim[index] ? "is-slim" : ""} ${classOf(model, index)}`} data-column={index}>
                      {!slim[index] && cell(one, index)}
                    </div>
                  ))}
                </div>
              )}
            </section>
          ))}
      </div>
    </div>
  );

  function cell(one: Laid, index: number) {
    const cards = one.lane.cells[index]!;
    const most = MOST_ROWS * geometry.across;
    const above = one.top + HEAD;
    const [from, to] = one.isOpen
      ? inSight(cards.length, sight.top - above, bottom - above, geometry)
      : [0, Math.min(most, cards.length)];
    const hidden = one.isOpen ? 0 : Math.max(0, cards.length - most);
    return (
      <>
        <Cards
          model={model}
          column={index}
          lane={one.lane.key}
          cards={cards}
          from={from}
          to={to}
          geometry={geometry}
          label={`${COLUMNS[index]!.title}, ${laneTitle(model, one.lane)}`}
          tick={index === WORKING ? tick : 0}
          hasPath={hasPath}
          height={heightOf(hidden ? most : cards.length, geometry)}
        />
        {hidden > 0 && (
          <button type="button" class="quiet board-more" onClick={() => setOpen((old) => toggled(old, one.lane.key))}>
            {hidden.toLocaleString("en")} more
          </button>
        )}
      </>
    );
  }
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const changed = new Set(set);
  if (!changed.delete(key)) changed.add(key);
  return changed;
}

function laneTitle(model: Model, lane: Lane): string {
  if (lane.title) return lane.title;
  if (model.view.lanes === "agent") return "Any agent";
  return model.view.lanes === "label" ? "No label" : "Not part of any";
}

function lay(model: Model, geometry: Geometry, open: ReadonlySet<string>, slim: readonly boolean[]): Laid[] {
  const folded = new Set(model.view.folded);
  const most = MOST_ROWS * geometry.across;
  let top = 0;
  return model.deck.lanes.map((lane) => {
    const longest = Math.max(0, ...lane.cells.map((cell, index) => (slim[index] ? 0 : cell.length)));
    const [isFolded, isOpen, hasMore] = [folded.has(lane.key), open.has(lane.key), longest > most];
    const cards = heightOf(isOpen ? longest : Math.min(longest, most), geometry) + 2 * PADDING;
    const height = isFolded ? HEAD : HEAD + cards + (hasMore && !isOpen ? MORE : 0);
    const laid = { lane, top, height, isFolded, isOpen, hasMore };
    top += height + geometry.gap;
    return laid;
  });
}
