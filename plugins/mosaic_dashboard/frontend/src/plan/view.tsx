/** The whole: a toolbar, the tree, and beside it the document with what is chosen. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { durationWords } from "../shell/times";
import { Sign } from "../shell/signs";
import { DocumentPane } from "./document";
import { Findings, Inspector } from "./inspector";
import { Message } from "./links";
import { Requirements } from "./requirements";
import type { Chosen, PlanStore } from "./store";
import { Tree, Writing } from "./tree";

type Side = "document" | "requirements";
const side = signal<Side>("document");

export function PlanView({ store }: { store: PlanStore }) {
  const hasDocument = store.model.value.lines.length > 0;
  const shownSide = hasDocument ? side.value : "requirements";
  return (
    <div class="plan-view" aria-busy={store.isBusy.value}>
      <Toolbar store={store} />
      <OtherFindings store={store} />
      <div class="plan-panes">
        <section class="card plan-pane" aria-label="Tree">
          <div class="plan-scroll">
            <Tree store={store} />
          </div>
        </section>
        <div class="plan-side">
          <Inspector store={store} />
          <section class="card plan-pane" aria-label={shownSide === "document" ? "Document" : "Requirements"}>
            <header class="plan-pane-head">
              {hasDocument && <SideButton name="document" label={nameOf(store.shown.value.source) || "Document"} title={store.shown.value.source} />}
              <SideButton name="requirements" label={`Requirements (${store.shown.value.coverage.length})`} isOnly={!hasDocument} />
            </header>
            <div class="plan-scroll" tabIndex={0} role="region" aria-label={shownSide === "document" ? "Lines of the document" : "List of requirements"}>
              {shownSide === "document" ? <DocumentPane store={store} /> : <Requirements store={store} />}
            </div>
          </section>
        </div>
      </div>
    </div>
  );
}

/** A path's last part. */
function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

function SideButton({ name, label, title, isOnly }: { name: Side; label: string; title?: string; isOnly?: boolean }) {
  return (
    <button type="button" class="quiet" title={title} aria-pressed={isOnly || side.value === name} onClick={() => (side.value = name)}>
      {label}
    </button>
  );
}

function Toolbar({ store }: { store: PlanStore }) {
  const { all, roots } = store.model.value;
  const coverage = store.shown.value.coverage;
  const uncovered = coverage.filter((one) => !one.served_by.length);
  const minutes = roots.reduce((sum, one) => sum + one.minutes, 0);
  const counts = { error: 0, warning: 0 };
  for (const one of store.shown.value.findings) counts[one.severity] += 1;
  return (
    <div class="plan-toolbar">
      <input
        type="search"
        class="plan-filter"
        aria-label="Show only nodes with these words"
        placeholder="Find in the tree"
        value={store.words.value}
        onInput={(event) => (store.words.value = event.currentTarget.value)}
      />
      <button type="button" class="quiet" onClick={() => store.openAll()}>
        Unfold
      </button>
      <button type="button" class="quiet" onClick={() => store.closeBelow(1)}>
        Fold
      </button>
      {store.isDraft && <DraftButtons store={store} />}
      <span class="plan-figures">
        <span>
          {all.filter((one) => !one.children.length).length} leaves{minutes > 0 && `, ${durationWords(minutes * 60)}`}
        </span>
        {coverage.length > 0 && !uncovered.length && <span class="is-good">all {coverage.length} requirements served</span>}
        {uncovered.length > 0 && (
          <button
            type="button"
            class="plan-chip is-error"
            onClick={() => store.chooseNext(uncovered.map((one) => ({ kind: "requirement", id: one.requirement_id })))}
          >
            {uncovered.length} of {coverage.length} requirements not served
          </button>
        )}
        {(["error", "warning"] as const).map(
          (severity) => counts[severity] > 0 && <Count key={severity} store={store} severity={severity} count={counts[severity]} />,
        )}
      </span>
    </div>
  );
}

function DraftButtons({ store }: { store: PlanStore }) {
  const { draft } = store;
  const [isNaming, setNaming] = useState(false);
  const canFix = draft.findings.some((one) => one.is_fixable);
  return (
    <span class="row">
      <button type="button" disabled={!draft.can_undo} title={draft.undo && `Undo: ${draft.undo}`} aria-keyshortcuts="Control+Z" onClick={() => void store.undo()}>
        <Sign name="icon-undo" />
        Undo
      </button>
      <button type="button" disabled={!draft.can_redo} title={draft.redo && `Redo: ${draft.redo}`} aria-keyshortcuts="Control+Shift+Z" onClick={() => void store.redo()}>
        <Sign name="icon-redo" />
        Redo
      </button>
      <button type="button" onClick={() => store.add("", store.model.value.roots.length)}>
        <Sign name="icon-plus" />
        Epic
      </button>
      {isNaming ? (
        <Writing
          label="Title of the plan"
          value={draft.title}
          onDone={(title) => {
            setNaming(false);
            if (title && title !== draft.title) void store.edit({ kind: "rename", title });
          }}
        />
      ) : (
        <button type="button" class="quiet" onClick={() => setNaming(true)}>
          Rename
        </button>
      )}
      {canFix && (
        <button type="button" onClick={() => void store.edit({ kind: "fix" })}>
          Repair what is mechanical
        </button>
      )}
      <button type="button" class="quiet by-keys" data-show-keys aria-keyshortcuts="?">
        Keys
      </button>
    </span>
  );
}

/** Findings that are about the plan as a whole, and the first of those about its nodes. */
function OtherFindings({ store }: { store: PlanStore }) {
  const { all, others } = store.model.value;
  const wholes = others.filter((one) => !store.model.value.requirements.has(one.subject));
  const errors = all.flatMap((branch) => branch.findings.filter((one) => one.severity === "error").map((finding) => ({ branch, finding })));
  if (!wholes.length && !errors.length) return null;
  return (
    <div class="plan-findings">
      <Findings store={store} findings={wholes} />
      {errors.length > 0 && (
        <ul class="plan-said">
          {errors.slice(0, 4).map(({ branch, finding }) => (
            <li key={branch.id + finding.code + finding.message} class="is-error">
              <Sign name="icon-warn" />
              <span>
                <button type="button" class="plan-chip" onClick={() => store.choose({ kind: "node", id: branch.id })}>
                  {branch.node.title || branch.id}
                </button>{" "}
                <Message store={store} text={finding.message} />
              </span>
            </li>
          ))}
          {errors.length > 4 && <li class="is-error">… and {errors.length - 4} more errors in the tree</li>}
        </ul>
      )}
    </div>
  );
}

/** How many findings there are; pressed, it goes from one to the next. */
function Count({ store, severity, count }: { store: PlanStore; severity: "error" | "warning"; count: number }) {
  const next = () => {
    const found: Chosen[] = [];
    for (const branch of store.model.value.all) {
      if (branch.findings.some((one) => one.severity === severity)) found.push({ kind: "node", id: branch.id });
    }
    for (const one of store.model.value.others) {
      if (one.severity === severity && store.model.value.requirements.has(one.subject)) found.push({ kind: "requirement", id: one.subject });
    }
    store.chooseNext(found);
  };
  return (
    <button type="button" class={`plan-chip is-${severity}`} title="Go to the next one" onClick={next}>
      {counted(count, severity)}
    </button>
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
