/** The requirements as a list: all that the plan is for. */
import type { PlanStore } from "./store";

export function Requirements({ store }: { store: PlanStore }) {
  const lit = store.litRequirements.value;
  const all = store.shown.value.coverage;
  if (!all.length) return <p class="plan-none">The plan names no requirements.</p>;
  return (
    <ul class="plan-requirements">
      {all.map((one) => (
        <li key={one.requirement_id}>
          <button
            type="button"
            class={`plan-requirement${lit.has(one.requirement_id) ? " is-lit" : ""}${one.served_by.length ? "" : " is-uncovered"}`}
            aria-pressed={lit.has(one.requirement_id)}
            onClick={() => store.choose({ kind: "requirement", id: one.requirement_id })}
          >
            <span class="badge">{one.kind}</span>
            <span class="plan-title">{one.text}</span>
            <span class="plan-minutes">{one.served_by.length || "nothing serves it"}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
