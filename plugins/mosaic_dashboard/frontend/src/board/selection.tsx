/** What can be done to the cards that are selected: for those who do not drag. */
import { Sign } from "../shell/signs";
import { tasksOf } from "./carrying";
import { ENDED, READY } from "./columns";
import type { Model } from "./model";
import { stepsTo, type Act, type Step } from "./moves";
import { ActButton } from "./peek";

export function Selection({ model }: { model: Model }) {
  if (model.selected.size < 1) return null;
  const cards = [...model.selected].map((key) => model.deck.cards.get(key)).filter((card) => card !== undefined);
  if (!cards.length) return null;
  const tasks = tasksOf(cards);
  const byAct = new Map<Act, Step[]>();
  for (const step of [...stepsTo(tasks, READY), ...stepsTo(tasks, ENDED)]) {
    byAct.set(step.act, [...(byAct.get(step.act) ?? []), step]);
  }
  return (
    <div class="board-selection" role="toolbar" aria-label="Selected cards">
      <strong>
        {cards.length} {cards.length === 1 ? "card" : "cards"} selected
      </strong>
      {[...byAct].map(([act, steps]) => (
        <ActButton key={act} model={model} steps={steps} />
      ))}
      <button type="button" class="quiet" onClick={() => model.selectNone()}>
        <Sign name="icon-cross" />
        Select none
      </button>
    </div>
  );
}
