/** The fields of a node of a draft: each is an edit of its own, made when it is left or Enter is pressed. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Sign } from "../shell/signs";
import { NodeLink, RequirementLink } from "./links";
import { isWithin, type Branch } from "./model";
import { NodeSearch } from "./parts";
import type { PlanStore } from "./store";
import type { Check, Edit } from "./types";

export function NodeFields({ store, branch }: { store: PlanStore; branch: Branch }) {
  const { node, id } = branch;
  const isLeaf = !branch.children.length;
  const edit = (change: Omit<Edit, "node">) => void store.edit({ node: id, ...change });
  return (
    <div class="plan-fields">
      <Text label="Title" value={node.title} onChange={(title) => title && edit({ kind: "rename", title })} />
      {isLeaf && (
        <Text
          label="Minutes"
          value={node.minutes ? String(node.minutes) : ""}
          isNumber
          onChange={(text) => edit({ kind: "set_minutes", minutes: text ? Number(text) : null })}
        />
      )}
      <Text label="Description" value={node.description ?? ""} isLong onChange={(text) => edit({ kind: "describe", text })} />
      <Chips label="Waits for">
        {(node.depends_on ?? []).map((on) => (
          <Removable key={on} label={`Not wait for ${on}`} onRemove={() => edit({ kind: "remove_dependency", on })}>
            <NodeLink store={store} id={on} />
          </Removable>
        ))}
        <NodeSearch
          id="plan-waits"
          model={store.model.value}
          label="Let it wait for"
          placeholder="Find a node to wait for …"
          accepts={(one) => one !== branch && !(node.depends_on ?? []).includes(one.id)}
          onPick={(on) => edit({ kind: "add_dependency", on })}
        />
      </Chips>
      {isLeaf && <Serves store={store} branch={branch} />}
      {isLeaf && (
        <Text
          label="Accepted if (a command a line)"
          value={(node.checks ?? []).map(lineOf).join("\n")}
          isLong
          isCode
          onChange={(text) => edit({ kind: "set_checks", checks: text.split("\n").map((line) => line.trim()).filter(Boolean) })}
        />
      )}
      {isLeaf && (
        <Text
          label="Labels, by commas"
          value={(node.labels ?? []).join(", ")}
          onChange={(text) => edit({ kind: "set_labels", labels: text.split(",").map((one) => one.trim()).filter(Boolean) })}
        />
      )}
      {isLeaf && (
        <Text label="Agent" value={node.runtime ?? ""} placeholder="any" onChange={(runtime) => edit({ kind: "set_runtime", runtime })} />
      )}
      <Moves store={store} branch={branch} />
    </div>
  );
}

/** How a check is written in a line: its command, if that is all it is. */
function lineOf(check: Check): string {
  const run = check.parameters?.run;
  return (check.uses ?? "command") === "command" && typeof run === "string" ? run : check.name;
}

function Serves({ store, branch }: { store: PlanStore; branch: Branch }) {
  const serves = branch.node.serves ?? [];
  const others = [...store.model.value.requirements.values()].filter((one) => !serves.includes(one.requirement_id));
  const set = (names: string[]) => void store.edit({ kind: "set_serves", node: branch.id, serves: names });
  return (
    <Chips label="Serves">
      {serves.map((id) => (
        <Removable key={id} label={`Not serve ${id}`} onRemove={() => set(serves.filter((one) => one !== id))}>
          <RequirementLink store={store} id={id} />
        </Removable>
      ))}
      {others.length > 0 && (
        <select aria-label="Let it serve" value="" onChange={(event) => event.currentTarget.value && set([...serves, event.currentTarget.value])}>
          <option value="">Let it serve …</option>
          {others.map((one) => (
            <option key={one.requirement_id} value={one.requirement_id}>
              {one.requirement_id}: {one.text.slice(0, 80)}
            </option>
          ))}
        </select>
      )}
    </Chips>
  );
}

function Moves({ store, branch }: { store: PlanStore; branch: Branch }) {
  const siblings = branch.parent?.children ?? store.model.value.roots;
  const place = siblings.indexOf(branch);
  const parent = branch.parent?.id ?? "";
  const move = (position: number) => void store.edit({ kind: "move_node", node: branch.id, parent, position });
  return (
    <div class="plan-edit-row">
      <button type="button" onClick={() => store.add(parent, place + 1)}>
        <Sign name="icon-plus" />
        Add behind
      </button>
      {branch.depth < 5 && (
        <button type="button" onClick={() => store.add(branch.id, branch.children.length)}>
          <Sign name="icon-plus" />
          Add below
        </button>
      )}
      <button type="button" disabled={place <= 0} onClick={() => move(place - 1)}>
        Up
      </button>
      <button type="button" disabled={place >= siblings.length - 1} onClick={() => move(place + 1)}>
        Down
      </button>
      {!branch.children.length && (
        <button type="button" onClick={() => void store.edit({ kind: "split_node", node: branch.id, parts: partsOf(branch) })}>
          Split in {partsOf(branch)}
        </button>
      )}
      <button type="button" class="danger" onClick={() => void store.edit({ kind: "remove_node", node: branch.id })}>
        Remove
      </button>
      <NodeSearch
        id="plan-move"
        model={store.model.value}
        label="Move it to below"
        placeholder="Move it to below …"
        accepts={(one) => one !== branch.parent && one.depth < 5 && !isWithin(one, branch)}
        onPick={(id) => void store.edit({ kind: "move_node", node: branch.id, parent: id })}
      />
    </div>
  );
}

const LONGEST_LEAF = 30;

function partsOf(branch: Branch): number {
  return Math.min(7, Math.max(2, Math.ceil(branch.minutes / LONGEST_LEAF)));
}

function Chips({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="field plan-wide" role="group" aria-label={label}>
      <span class="plan-label">{label}</span>
      <div class="row">{children}</div>
    </div>
  );
}

function Removable(props: { label: string; onRemove: () => void; children: ComponentChildren }) {
  return (
    <span class="plan-removable">
      {props.children}
      <button type="button" class="quiet" aria-label={props.label} onClick={props.onRemove}>
        <Sign name="icon-cross" />
      </button>
    </span>
  );
}

interface TextProps {
  label: string;
  value: string;
  isNumber?: boolean;
  placeholder?: string;
  isLong?: boolean;
  isCode?: boolean;
  onChange: (text: string) => void;
}

/** A field that keeps what is being written in it, whatever comes of it meanwhile from others. */
function Text(props: TextProps) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (field.current && field.current !== document.activeElement) field.current.value = props.value;
  }, [props.value]);
  const left = () => {
    const text = field.current!.value.trim();
    if (text === props.value.trim()) return;
    if (!props.isNumber || /^\d*$/.test(text)) props.onChange(text);
    else field.current!.value = props.value;
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") field.current!.value = props.value;
    if (event.key === "Escape" || event.key === "Enter") field.current!.blur();
  };
  const id = `plan-field-${props.label.replace(/\W+/g, "-").toLowerCase()}`;
  const shared = { id, ref: field, onBlur: left };
  return (
    <div class={`field${props.isLong ? " plan-wide" : ""}`}>
      <label for={id}>{props.label}</label>
      {props.isLong ? (
        <textarea {...shared} class={props.isCode ? "is-code" : ""} rows={props.isCode ? 2 : 3} spellcheck={!props.isCode} />
      ) : (
        <input
          {...shared}
          type="text"
          placeholder={props.placeholder}
          inputMode={props.isNumber ? "numeric" : undefined}
          autocomplete="off"
          onKeyDown={key}
        />
      )}
    </div>
  );
}
