/** What is chosen, in full: a node, or a requirement. In a draft its fields are changed here. */
import { taskAddress } from "../shell/addresses";
import { durationWords } from "../shell/times";
import { Sign } from "../shell/signs";
import { NodeFields } from "./fields";
import { Message, NodeLinks, RequirementLink } from "./links";
import { above, type Branch } from "./model";
import { NodeSearch, StateMark } from "./parts";
import type { PlanStore } from "./store";
import type { Coverage, Finding } from "./types";

export function Inspector({ store }: { store: PlanStore }) {
  const chosen = store.chosen.value;
  if (!chosen) return null;
  const branch = chosen.kind === "node" ? store.model.value.byId.get(chosen.id) : undefined;
  const requirement = chosen.kind === "requirement" ? store.model.value.requirements.get(chosen.id) : undefined;
  if (!branch && !requirement) return null;
  return (
    <section class="card plan-inspector" aria-label={branch ? "The node that is chosen" : "The requirement that is chosen"}>
      <button type="button" class="quiet plan-close" aria-label="Close" onClick={() => store.choose(null)}>
        <Sign name="icon-cross" />
      </button>
      {branch ? <NodeView store={store} branch={branch} key={branch.id} /> : <RequirementView store={store} one={requirement!} />}
    </section>
  );
}

function NodeView({ store, branch }: { store: PlanStore; branch: Branch }) {
  const path = above(branch).map((one) => one.node.title);
  const state = store.states.value.get(branch.id);
  return (
    <>
      {path.length > 0 && <p class="path">{path.join(" › ")}</p>}
      <h2>{branch.node.title}</h2>
      <p class="row small muted">
        <code>{branch.id}</code>
        {state && <StateMark state={state} />}
        {branch.minutes > 0 && <span>{durationWords(branch.minutes * 60)}</span>}
        {branch.children.length > 0 && <span>{branch.leaves.length} leaves</span>}
        {branch.node.done && <span class="badge">done</span>}
        {state && (
          <a href={taskAddress(store.runId, branch.id)}>open the task</a>
        )}
      </p>
      <Findings store={store} findings={branch.findings} />
      {store.isDraft ? <NodeFields store={store} branch={branch} /> : <NodeFacts store={store} branch={branch} />}
    </>
  );
}

function NodeFacts({ store, branch }: { store: PlanStore; branch: Branch }) {
  const { node } = branch;
  return (
    <>
      {node.description && <p class="plan-description">{node.description}</p>}
      <dl class="facts">
        <NodeLinks store={store} name="Waits for" ids={node.depends_on ?? []} />
        <NodeLinks store={store} name="Waited for by" ids={branch.dependants} />
        {branch.serves.size > 0 && (
          <>
            <dt>Serves</dt>
            <dd class="row">
              {[...branch.serves].map((id) => (
                <RequirementLink key={id} store={store} id={id} />
              ))}
            </dd>
          </>
        )}
        {(node.checks ?? []).length > 0 && (
          <>
            <dt>Accepted if</dt>
            <dd>
              <ul>
                {node.checks!.map((check) => (
                  <li key={check.name}>{check.name}</li>
                ))}
              </ul>
            </dd>
          </>
        )}
        {(node.assumptions ?? []).map((one) => (
          <>
            <dt>Assumption</dt>
            <dd>
              {one.text} <span class="muted">({one.rationale})</span>
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}

function RequirementView({ store, one }: { store: PlanStore; one: Coverage }) {
  const findings = store.model.value.others.filter((finding) => finding.subject === one.requirement_id);
  const { model } = store;
  return (
    <>
      <p class="path">
        {one.kind} {one.requirement_id}
        {one.start > 0 && `, ${one.start === one.end ? `line ${one.start}` : `lines ${one.start}–${one.end}`}`}
        {store.shown.value.source && ` of ${store.shown.value.source}`}
      </p>
      <h2>{one.text}</h2>
      <Findings store={store} findings={findings} />
      {one.served_by.length > 0 ? (
        <dl class="facts">
          <NodeLinks store={store} name="Served by" ids={one.served_by} />
        </dl>
      ) : (
        <p class="plan-nothing">
          <Sign name="icon-warn" /> Nothing serves it.
        </p>
      )}
      {store.isDraft && (
        <div class="plan-edit-row">
          <NodeSearch
            id="plan-serve"
            model={model.value}
            label="Let a leaf serve it"
            placeholder="Let a leaf serve it …"
            accepts={(branch) => !branch.children.length && !branch.serves.has(one.requirement_id)}
            onPick={(id) => {
              const serves = [...(model.value.byId.get(id)?.node.serves ?? []), one.requirement_id];
              void store.edit({ kind: "set_serves", node: id, serves });
            }}
          />
          <NodeSearch
            id="plan-new-for"
            model={model.value}
            label="Add a node for it under"
            placeholder="Add a new node for it under …"
            accepts={(branch) => branch.depth < 5}
            onPick={(id) => store.add(id, model.value.byId.get(id)?.children.length ?? 0, [one.requirement_id])}
          />
        </div>
      )}
    </>
  );
}

export function Findings({ store, findings }: { store: PlanStore; findings: readonly Finding[] }) {
  if (!findings.length) return null;
  return (
    <ul class="plan-said">
      {findings.map((one) => (
        <li key={one.code + one.message} class={`is-${one.severity}`}>
          <Sign name="icon-warn" />
          <span>
            <Message store={store} text={one.message} />. {one.hint && <span class="muted">{one.hint}</span>} <code>{one.code}</code>
          </span>
        </li>
      ))}
    </ul>
  );
}
