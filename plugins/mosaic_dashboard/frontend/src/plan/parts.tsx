/** Small things that the plan is made of. */
import { useState } from "preact/hooks";
import { Bar, Sign } from "../shell/signs";
import { stateWord } from "../shell/states";
import { durationWords } from "../shell/times";
import type { Branch, Model } from "./model";
import type { PlanStore } from "./store";

export function StateMark({ state }: { state: string }) {
  const word = stateWord(state);
  return (
    <span class={`state state-${state} plan-state`} title={word}>
      <Sign name={`state-${state}`} />
      <span class="visually-hidden">{word}</span>
    </span>
  );
}

const MOVING = new Set(["leased", "reported", "merging"]);
const FAILED = new Set(["failed", "cancelled", "skipped"]);

/** How far the leaves of a branch are. */
export function Progress({ leaves, store }: { leaves: readonly Branch[]; store: PlanStore }) {
  const total = leaves.length;
  let [accepted, moving, failed] = [0, 0, 0];
  for (const leaf of leaves) {
    const state = store.states.value.get(leaf.id) ?? "";
    if (state === "accepted") accepted += 1;
    else if (MOVING.has(state)) moving += 1;
    else if (FAILED.has(state)) failed += 1;
  }
  return (
    <span class="plan-progress">
      <Bar parts={[["accepted", accepted], ["moving", moving], ["failed", failed]]} total={total} />
      <span>
        {accepted}/{total}
      </span>
    </span>
  );
}

export function Minutes({ minutes }: { minutes: number }) {
  return <span class="plan-minutes">{minutes ? durationWords(minutes * 60) : ""}</span>;
}

const MOST = 8;

/** Finds a node by the words of its title or its identifier. */
export function NodeSearch(props: {
  model: Model;
  id: string;
  label: string;
  placeholder: string;
  accepts?: (branch: Branch) => boolean;
  onPick: (id: string) => void;
}) {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Branch[] = [];
  for (const branch of asked.length ? props.model.all : []) {
    if (found.length >= MOST) break;
    const text = `${branch.id} ${branch.node.title}`.toLowerCase();
    if (asked.every((word) => text.includes(word)) && (props.accepts?.(branch) ?? true)) found.push(branch);
  }
  const pick = (branch: Branch | undefined) => {
    if (!branch) return;
    setWords("");
    props.onPick(branch.id);
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") pick(found[chosen]);
    else if (event.key === "Escape" && words) setWords("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="plan-search">
      <input
        id={props.id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={props.label}
        aria-expanded={asked.length > 0}
        aria-controls={`${props.id}-found`}
        aria-activedescendant={found.length ? `${props.id}-${chosen}` : undefined}
        placeholder={props.placeholder}
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={key}
        onBlur={() => setWords("")}
      />
      <ul id={`${props.id}-found`} role="listbox" aria-label={props.label} hidden={!asked.length}>
        {found.map((branch, index) => (
          <li
            key={branch.id}
            id={`${props.id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseDown={(event) => {
              event.preventDefault();
              pick(branch);
            }}
          >
            <span>{branch.node.title}</span> <code>{branch.id}</code>
          </li>
        ))}
        {asked.length > 0 && !found.length && (
          <li class="plan-nowhere" role="option" aria-selected={false} aria-disabled>
            Nothing found
          </li>
        )}
      </ul>
    </div>
  );
}
