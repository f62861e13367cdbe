/** The tree: a row a node. Arrow keys move in it; in a draft, rows are renamed, added, moved and removed in place. */
import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Sign } from "../shell/signs";
import { drop, endDrag, hover, hovered, startDrag } from "./dragging";
import { treeKey } from "./keys";
import type { Branch } from "./model";
import { Minutes, Progress, StateMark } from "./parts";
import { focusChosen, focusRow, show } from "./seeing";
import type { PlanStore } from "./store";

const PORTION = 200;

export function Tree({ store }: { store: PlanStore }) {
  const place = useRef<HTMLDivElement>(null);
  const rows = store.rows.value;
  const chosen = store.chosen.value;
  const adding = store.adding.value;
  const [most, setMost] = useState(PORTION);
  const end = useRef<HTMLDivElement>(null);
  const focusable = chosen?.kind === "node" && rows.some((row) => row.id === chosen.id) ? chosen.id : rows[0]?.id;

  useEffect(() => {
    if (!chosen) return;
    const target = chosen.kind === "node" ? chosen.id : [...store.lit.value][0];
    if (target) show(place.current, `[data-node="${CSS.escape(target)}"]`);
  }, [chosen]);

  // Thousands of rows are drawn by portions: those at the end when somebody comes near, or goes there.
  const wanted = rows.findIndex((row) => row.id === focusable || store.lit.value.has(row.id));
  const drawn = rows.slice(0, Math.max(most, wanted + PORTION / 2));
  useEffect(() => {
    if (drawn.length >= rows.length || !end.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setMost(drawn.length + PORTION),
      { root: place.current?.closest(".plan-scroll"), rootMargin: "800px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [drawn.length, rows.length]);

  const lines = [];
  for (const branch of drawn) lines.push(<Row key={branch.id} store={store} branch={branch} isFocusable={branch.id === focusable} />);
  if (adding) lines.splice(placeOf(drawn, adding), 0, <AddRow key="+" store={store} />);
  return (
    <div
      class="plan-tree"
      ref={place}
      role="tree"
      aria-label="Plan"
      onKeyDown={(event) => treeKey(store, event)}
      onDragEnd={endDrag}
    >
      {lines}
      {drawn.length < rows.length && <div ref={end} class="plan-more" aria-hidden="true" />}
      {!rows.length && <p class="plan-none">{store.words.value ? "No node has these words." : "The plan has no nodes."}</p>}
    </div>
  );
}

function placeOf(rows: Branch[], adding: { parent: string; position: number }): number {
  const siblings = rows.filter((row) => (row.parent?.id ?? "") === adding.parent);
  const before = siblings[adding.position - 1];
  if (!before) return rows.findIndex((row) => row.id === adding.parent) + 1;
  let index = rows.indexOf(before) + 1;
  while (index < rows.length && rows[index]!.depth > before.depth) index += 1;
  return index;
}

function Row({ store, branch, isFocusable }: { store: PlanStore; branch: Branch; isFocusable: boolean }) {
  const chosen = store.chosen.value;
  const isChosen = chosen?.kind === "node" && chosen.id === branch.id;
  const isOpen = !store.closed.value.has(branch.id);
  const isInner = branch.children.length > 0;
  // Of all states its own alone: thousands of others may change meanwhile.
  const state = useComputed(() => store.states.value.get(branch.id)).value;
  const litBelow = isInner && !isOpen ? branch.leaves.filter((leaf) => store.lit.value.has(leaf.id)).length : 0;
  const zone = hovered.value?.id === branch.id ? ` is-${hovered.value.zone}` : "";
  const classes = `plan-row${store.lit.value.has(branch.id) ? " is-lit" : ""}${isInner ? " is-inner" : ""}${zone}`;
  return (
    <div
      class={classes}
      role="treeitem"
      data-node={branch.id}
      data-depth={branch.depth}
      title={branch.id}
      aria-level={branch.depth + 1}
      aria-posinset={branch.place + 1}
      aria-setsize={(branch.parent?.children ?? store.model.value.roots).length}
      aria-expanded={isInner ? isOpen : undefined}
      aria-selected={isChosen}
      tabIndex={isFocusable ? 0 : -1}
      draggable={store.isDraft && store.renaming.value !== branch.id}
      onClick={() => store.choose(isChosen ? null : { kind: "node", id: branch.id })}
      onDblClick={() => store.isDraft && (store.renaming.value = branch.id)}
      onDragStart={(event) => startDrag(event, branch)}
      onDragOver={(event) => hover(event, branch)}
      onDrop={(event) => drop(event, store, branch)}
    >
      {isInner ? (
        <span
          class="plan-caret"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            store.toggle(branch.id);
          }}
        >
          <Sign name={isOpen ? "icon-down" : "icon-right"} />
        </span>
      ) : (
        <span class="plan-caret">{state ? <StateMark state={state} /> : <span class="plan-dot" />}</span>
      )}
      {store.renaming.value === branch.id ? (
        <TitleField store={store} branch={branch} />
      ) : (
        <span class="plan-title">{branch.node.title || <em>no title</em>}</span>
      )}
      {litBelow > 0 && <span class="badge plan-lit-count">{litBelow} serve it</span>}
      {branch.worst && (
        <span class={`plan-mark is-${branch.worst}`} title={branch.findings.map((one) => one.message).join("\n") || "below it"}>
          <Sign name="icon-warn" />
          <span class="visually-hidden">{branch.worst}</span>
        </span>
      )}
      {isInner && store.isRun && <Progress leaves={branch.leaves} store={store} />}
      <Minutes minutes={branch.minutes} />
    </div>
  );
}

function TitleField({ store, branch }: { store: PlanStore; branch: Branch }) {
  return (
    <Writing
      label={`Title of ${branch.id}`}
      value={branch.node.title}
      onDone={(title) => {
        store.renaming.value = "";
        if (title && title !== branch.node.title) void store.edit({ kind: "rename", node: branch.id, title });
        focusRow(branch.id);
      }}
    />
  );
}

function AddRow({ store }: { store: PlanStore }) {
  const adding = store.adding.value!;
  const depth = adding.parent ? (store.model.value.byId.get(adding.parent)?.depth ?? 0) + 1 : 0;
  return (
    <div class="plan-row plan-adding" data-depth={depth} role="none">
      <span class="plan-caret" aria-hidden="true">
        <Sign name="icon-plus" />
      </span>
      <Writing
        label="Title of the new node"
        value=""
        onDone={(title) => {
          store.adding.value = null;
          const { parent, position, serves } = adding;
          // At once, too: the next key comes before the answer.
          focusChosen(store);
          if (title) void store.edit({ kind: "add_node", title, parent, position, serves }).then(() => focusChosen(store));
        }}
      />
    </div>
  );
}

/** A field for a title: Enter and leaving it take what was written, Escape takes nothing. */
export function Writing(props: { label: string; value: string; onDone: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  // Before the next key is pressed, which is for the field already.
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const done = (text: string) => {
    if (isDone.current) return;
    isDone.current = true;
    props.onDone(text.trim());
  };
  return (
    <input
      ref={field}
      class="plan-writing"
      type="text"
      maxLength={500}
      aria-label={props.label}
      defaultValue={props.value}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") done(event.currentTarget.value);
        if (event.key === "Escape") done("");
      }}
      onBlur={(event) => done(event.currentTarget.value)}
    />
  );
}
