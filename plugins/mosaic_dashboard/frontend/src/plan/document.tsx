/** The document as it is written, line by line: what asks for something is marked, and lit with what serves it. */
import { useEffect, useRef } from "preact/hooks";
import type { Coverage } from "./types";
import { show } from "./seeing";
import type { PlanStore } from "./store";

export function DocumentPane({ store }: { store: PlanStore }) {
  const place = useRef<HTMLOListElement>(null);
  const { lines, byLine } = store.model.value;
  const lit = store.litRequirements.value;
  const chosen = store.chosen.value;

  useEffect(() => {
    if (chosen) show(place.current, ".is-lit");
  }, [chosen]);

  let isCode = false;
  return (
    <ol class="plan-lines" ref={place}>
      {lines.map((text, index) => {
        const number = index + 1;
        const there = byLine.get(number) ?? [];
        const isFence = /^\s*(```|~~~)/.test(text);
        const kind = isFence || isCode ? " is-code" : kindOf(text);
        if (isFence) isCode = !isCode;
        return <Line key={number} number={number} text={text} there={there} kind={kind} lit={lit} store={store} />;
      })}
    </ol>
  );
}

function kindOf(text: string): string {
  const heading = text.match(/^(#{1,6})\s/);
  if (heading) return ` is-heading is-heading-${heading[1]!.length}`;
  return /^\s*\|/.test(text) ? " is-code" : "";
}

function Line(props: {
  number: number;
  text: string;
  there: Coverage[];
  kind: string;
  lit: ReadonlySet<string>;
  store: PlanStore;
}) {
  const { number, text, there, store } = props;
  const isLit = there.some((one) => props.lit.has(one.requirement_id));
  const isUncovered = there.some((one) => !one.served_by.length);
  const begins = there.filter((one) => one.start === number);
  const classes = `plan-line${props.kind}${there.length ? " is-asked" : ""}${isUncovered ? " is-uncovered" : ""}${isLit ? " is-lit" : ""}`;
  const next = () => {
    const current = there.findIndex((one) => store.chosen.value?.kind === "requirement" && store.chosen.value.id === one.requirement_id);
    const target = there[(current + 1) % there.length];
    if (target) store.choose({ kind: "requirement", id: target.requirement_id });
  };
  return (
    <li class={classes} id={`line-${number}`} onClick={there.length ? next : undefined}>
      <span class="plan-number" aria-hidden="true">
        {number}
      </span>
      <span class="plan-text">{text || " "}</span>
      {begins.length > 0 && (
        <button
          type="button"
          class="plan-serves"
          aria-label={`Line ${number}: ${begins.map(said).join("; ")}`}
          onClick={(event) => {
            event.stopPropagation();
            next();
          }}
        >
          {isUncovered ? "nothing serves it" : new Set(begins.flatMap((one) => one.served_by)).size}
        </button>
      )}
    </li>
  );
}

function said(one: Coverage): string {
  const count = one.served_by.length;
  return `${one.kind} ${one.requirement_id}, ${count ? `served by ${count} ${count === 1 ? "leaf" : "leaves"}` : "nothing serves it"}`;
}
