/** Ways from one thing of the plan to another. */
import type { PlanStore } from "./store";

export function NodeLinks(props: { store: PlanStore; name: string; ids: readonly string[] }) {
  if (!props.ids.length) return null;
  return (
    <>
      <dt>{props.name}</dt>
      <dd class="plan-links">
        {props.ids.map((id) => (
          <NodeLink key={id} store={props.store} id={id} />
        ))}
      </dd>
    </>
  );
}

export function NodeLink({ store, id }: { store: PlanStore; id: string }) {
  const branch = store.model.value.byId.get(id);
  return (
    <button type="button" class="plan-chip" title={id} disabled={!branch} onClick={() => store.choose({ kind: "node", id })}>
      {branch?.node.title ?? id}
    </button>
  );
}

export function RequirementLink({ store, id }: { store: PlanStore; id: string }) {
  const one = store.model.value.requirements.get(id);
  return (
    <button
      type="button"
      class="plan-chip"
      title={one?.text ?? "no such requirement"}
      disabled={!one}
      onClick={() => store.choose({ kind: "requirement", id })}
    >
      {one ? one.text : id}
    </button>
  );
}

const IDENTIFIER = /\b((?:E|F|S|T|ST|A)\.\d{3}(?:\.\d{2}){0,5})\b/;

/** What the linter says, with the nodes that it names as ways to them. */
export function Message({ store, text }: { store: PlanStore; text: string }) {
  const { byId } = store.model.value;
  const parts = text.split(IDENTIFIER);
  return <>{parts.map((part, index) => (index % 2 && byId.has(part) ? <NodeLink key={index} store={store} id={part} /> : part))}</>;
}
