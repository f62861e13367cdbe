/** What is above the columns: filters, what a card is, lanes; and how far the run is. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Sign } from "../shell/signs";
import { stateWord } from "../shell/states";
import type { Run } from "../shell/tasks";
import { COLUMNS, DONE } from "./columns";
import { Progress } from "./counts";
import { levelName } from "./levels";
import type { Model } from "./model";
import { isFiltered, PLAIN, type View } from "./view";

const TYPING = 120;

export function Toolbar({ model }: { model: Model }) {
  const { view, facets } = model;
  const [isOpen, setOpen] = useState(false);
  const { agents, labels } = facets.lists();
  const levels = Array.from({ length: facets.levels }, (_, level) => level);
  const waiting = model.waitingForPerson();
  const clear = () => model.look({ ...PLAIN, level: view.level, lanes: view.lanes, columns: view.columns, folded: view.folded });
  return (
    <div class="board-tools">
      <Search model={model} />
      <button type="button" class="board-more-tools" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Sign name="icon-filter" />
        Filters
      </button>
      <div class={`board-choices ${isOpen ? "is-open" : ""}`}>
        <Choice label="Lanes" value={view.lanes} onChoose={(lanes) => model.look({ lanes, folded: [] })}>
          <option value="">No lanes</option>
          {levels.map((level) => (
            <option value={String(level)}>By {levelName(level, facets.isPlan, true).toLowerCase()}</option>
          ))}
          <option value="agent">By agent</option>
          <option value="label">By label</option>
        </Choice>
        <Choice label="Agent" value={view.agent} onChoose={(agent) => model.look({ agent })}>
          <option value="">Any agent</option>
          {withChosen(agents, view.agent).map((agent) => (
            <option value={agent}>{agent}</option>
          ))}
        </Choice>
        <States model={model} />
        <button type="button" class="board-mine" aria-pressed={view.isMine} data-key="m" onClick={() => model.look({ isMine: !view.isMine })}>
          <Sign name="icon-person" />
          Needs me
          {waiting > 0 && <span class="count">{waiting}</span>}
        </button>
        {/* Last, since they come once tasks were read: nothing else is to move. */}
        {levels.length > 0 && (
          <Choice label="Cards" value={String(view.level)} onChoose={(level) => model.look({ level: Number(level) })}>
            <option value="-1">Every task</option>
            {levels.map((level) => (
              <option value={String(level)}>{levelName(level, facets.isPlan)}</option>
            ))}
          </Choice>
        )}
        {(labels.length > 0 || view.label) && (
          <Choice label="Label" value={view.label} onChoose={(label) => model.look({ label })}>
            <option value="">Any label</option>
            {withChosen(labels, view.label).map((label) => (
              <option value={label}>{label}</option>
            ))}
          </Choice>
        )}
        {isFiltered(view) && (
          <button type="button" class="quiet" onClick={clear}>
            <Sign name="icon-cross" />
            Clear filters
          </button>
        )}
      </div>
      {view.within && (
        <button type="button" class="board-within" aria-label={`Shown is only ${view.within}. Show all`} onClick={() => model.look({ within: "" })}>
          <Sign name="icon-filter" />
          <span>{view.within}</span>
          <Sign name="icon-cross" />
        </button>
      )}
      <RunBar model={model} />
    </div>
  );
}

function withChosen(values: readonly string[], chosen: string): readonly string[] {
  return chosen && !values.includes(chosen) ? [...values, chosen] : values;
}

function Search({ model }: { model: Model }) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(model.view.text);
  const timer = useRef(0);
  const asked = useRef(model.view.text);
  // What was asked for here is older than what has been typed since; only what was changed elsewhere is taken.
  useLayoutEffect(() => {
    if (model.view.text === asked.current) return;
    window.clearTimeout(timer.current);
    asked.current = model.view.text;
    setText(model.view.text);
  }, [model.view.text]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const changed = (value: string) => {
    setText(value);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      asked.current = value;
      model.look({ text: value });
    }, TYPING);
  };
  return (
    <div class="board-search">
      <button type="button" class="quiet" tabIndex={-1} data-key="/" aria-label="Search the board" onClick={() => field.current?.focus()}>
        <Sign name="icon-search" />
      </button>
      <input
        ref={field}
        type="search"
        value={text}
        placeholder="Search tasks"
        aria-label="Search tasks by title, identifier or path"
        onInput={(event) => changed(event.currentTarget.value)}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChoose(value: string): void;
  children: preact.ComponentChildren;
}

function Choice({ label, value, onChoose, children }: ChoiceProps) {
  return (
    <label class="board-choice">
      <span class="visually-hidden">{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}

function States({ model }: { model: Model }) {
  const { states } = model.view;
  const toggle = (state: string): Partial<View> => ({
    states: states.includes(state) ? states.filter((one) => one !== state) : [...states, state],
  });
  return (
    <details class="board-states" data-menu>
      <summary class="button">
        {states.length === 0 ? "Any state" : states.length === 1 ? stateWord(states[0]!) : `${states.length} states`}
      </summary>
      <fieldset>
        <legend class="visually-hidden">States that are shown</legend>
        {COLUMNS.flatMap((column) => column.states).map((state) => (
          <label>
            <input type="checkbox" checked={states.includes(state)} onChange={() => model.look(toggle(state))} />
            <Sign name={`state-${state}`} />
            {stateWord(state)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

function RunBar({ model }: { model: Model }) {
  const run = model.store.run ?? (model.context.data?.run as Run | undefined);
  if (!run) return null;
  const counts = COLUMNS.map((column) => column.states.reduce((sum, state) => sum + (run.counts[state] ?? 0), 0));
  return (
    <div class="board-run">
      <Progress counts={counts} total={run.total} />
      <span>
        <strong>{counts[DONE]!.toLocaleString("en")}</strong> of {run.total.toLocaleString("en")} accepted
      </span>
    </div>
  );
}
