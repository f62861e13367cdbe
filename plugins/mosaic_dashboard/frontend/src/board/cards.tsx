/** The cards of one lane in one column that are in sight, each at its place. */
import { taskAddress } from "../shell/addresses";
import { CardView } from "./card";
import { NEEDS } from "./columns";
import type { Card } from "./deck";
import { indexOf } from "./order";
import type { Model } from "./model";
import { isOrdered } from "./moves";
import { writeView } from "./view";
import { heightOf, type Geometry } from "./windowing";

interface Props {
  model: Model;
  column: number;
  lane: string;
  cards: readonly Card[];
  from: number;
  to: number;
  geometry: Geometry;
  label: string;
  tick: number;
  hasPath: boolean;
  /** The height of all, where that is more than the cards take. */
  height?: number;
}

export function Cards({ model, column, lane, cards, from, to, geometry, label, tick, hasPath, height }: Props) {
  const shown: [Card, number][] = [];
  for (let index = from; index < Math.min(to, cards.length); index++) shown.push([cards[index]!, index]);
  const focused = model.deck.cards.get(model.focus);
  const isHere = focused !== undefined && focused.column === column && focused.lane === lane;
  if (isHere) {
    // It stays in the page although it is out of sight: a key must find it.
    const index = indexOf(cards, focused);
    if (index >= 0 && (index < from || index >= to)) shown.push([focused, index]);
  }
  const lifted = model.lift?.cards;
  const tabbed = isHere ? focused : cards[from];
  return (
    <ul
      class="board-cards"
      aria-label={label}
      data-cell={column}
      data-lane={lane}
      style={{ height: `${height ?? heightOf(cards.length, geometry)}px` }}
    >
      {shown.map(([card, index]) => (
        <CardView
          key={card.key}
          model={model}
          card={card}
          stamp={card.stamp}
          tick={tick}
          index={index}
          count={cards.length}
          left={(index % geometry.across) * geometry.width}
          top={Math.floor(index / geometry.across) * geometry.height}
          width={geometry.width - geometry.gap}
          height={geometry.height - geometry.gap}
          isTabbed={card === tabbed}
          isSelected={model.selected.has(card.key)}
          isLifted={lifted?.includes(card) ?? false}
          isPending={model.isPending(card)}
          isAsked={card.task !== null && column !== NEEDS && model.asked.has(card.task.task_id)}
          hasPath={hasPath}
          address={addressOf(model, card)}
        />
      ))}
      <DropLine model={model} column={column} lane={lane} cards={cards} geometry={geometry} />
    </ul>
  );
}

/** Where a card leads: a task to its page, many to their own parts. */
function addressOf(model: Model, card: Card): string {
  if (card.task) return taskAddress(model.runId, card.task.task_id);
  const { levels } = model.facets;
  const level = model.view.level + 1 < levels ? model.view.level + 1 : -1;
  const query = writeView({ ...model.view, level, within: card.within }, new URLSearchParams({ run_id: model.runId }));
  return `/board?${query}`;
}

function DropLine({ model, column, lane, cards, geometry }: Pick<Props, "model" | "column" | "lane" | "cards" | "geometry">) {
  const { lift } = model;
  if (!lift || lift.over !== column || !isOrdered(column) || lift.refusals[column]) return null;
  const [first] = lift.cards;
  if (!first || first.lane !== lane || !lift.cards.every((card) => card.column === column)) return null;
  const index = Math.min(lift.index, cards.length);
  const isAcross = geometry.across > 1;
  const left = isAcross ? (index % geometry.across) * geometry.width - geometry.gap / 2 : 0;
  const top = Math.floor(index / geometry.across) * geometry.height - (isAcross ? 0 : geometry.gap / 2);
  const style = isAcross
    ? { transform: `translate(${left - 1}px, ${top}px)`, width: "2px", height: `${geometry.height - geometry.gap}px` }
    : { transform: `translateY(${top - 1}px)`, width: "100%", height: "2px" };
  return <li class="board-line" role="presentation" style={style} />;
}
