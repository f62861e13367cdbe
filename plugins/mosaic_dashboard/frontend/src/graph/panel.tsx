/** What stands beside the graph: the chosen task with what it needs and what needs it, and the linter's findings. */
import { useState } from "preact/hooks";
import { KEYS as KEY_WORDS } from "./keys";
import { stateWord } from "../shell/states";
import { durationWords } from "../shell/times";
import type { Box, Leaf } from "./model";
import type { Finding, Source } from "./source";

interface Props {
  source: Source;
  box: Box | null;
  byId: ReadonlyMap<string, Leaf>;
  dependants: ReadonlyMap<string, string[]>;
  choose(id: string): void;
  toggle(key: string): void;
  edit(kind: "add_dependency" | "remove_dependency", node: string, on: string): void;
}

export function Panel(props: Props) {
  return (
    <aside class="graph-panel stack" aria-label="What is chosen">
      {props.box ? props.box.isGroup ? <Group {...props} box={props.box} /> : <Chosen {...props} box={props.box} /> : <Hints editable={props.source.isEditable} />}
      {props.source.isEditable && <Findings findings={props.source.findings} choose={props.choose} />}
    </aside>
  );
}

const KEYS = [
  ["good", "accepted"],
  ["moving", "being worked on or verified"],
  ["person", "needs approval"],
  ["warn", "tries again soon"],
  ["bad", "failed or cancelled"],
  ["quiet", "waits"],
] as const;

function Hints({ editable }: { editable: boolean }) {
  return (
    <div class="card graph-hints">
      <p>Choose a task to see what it needs, and what needs it.</p>
      <ul>
        {KEY_WORDS.map(([keys, words]) => (
          <li key={keys}>
            {keys.split(" ").map((key) => [<kbd>{key}</kbd>, " "])}
            {words}
          </li>
        ))}
        <li>Drag to move, scroll to zoom</li>
        {editable && <li>Drag from the dot at the end of a task to another that is to need it</li>}
      </ul>
      {!editable && (
        <ul class="graph-keys" aria-label="Colours">
          {KEYS.map(([tone, words]) => <li key={tone}><i class={`graph-key-${tone}`} /> {words}</li>)}
        </ul>
      )}
    </div>
  );
}

function Group({ box, toggle }: Props & { box: Box }) {
  const accepted = box.leaves.filter((leaf) => leaf.state === "accepted").length;
  const minutes = box.leaves.reduce((sum, leaf) => sum + (leaf.minutes ?? 0), 0);
  return (
    <section class="card">
      <h2>{box.title}</h2>
      <p class="muted">{accepted} of {box.leaves.length} tasks accepted · {durationWords(minutes * 60)} estimated</p>
      <p class="graph-buttons"><button type="button" onClick={() => toggle(box.id)}>Unfold</button></p>
    </section>
  );
}

function Chosen({ source, box, byId, dependants, choose, edit, toggle }: Props & { box: Box }) {
  const leaf = box.leaves[0]!;
  const above = leaf.groups.at(-1);
  return (
    <section class="card">
      <p class="path">{leaf.groups.map((group) => group.title).join(" › ")}</p>
      <h2>{leaf.title}</h2>
      <p class="muted"><code>{leaf.id}</code> · {stateWord(leaf.state)}{leaf.minutes ? ` · ${leaf.minutes} min` : ""}</p>
      <p class="graph-buttons">
        <a class="button" href={source.hrefOf(leaf.id)}>Open</a>
        {above && <button type="button" onClick={() => toggle(above.key)}>Fold “{above.title}”</button>}
      </p>
      <h3>Needs</h3>
      <Links ids={leaf.needs} byId={byId} choose={choose} none="Nothing: it can start at once." remove={source.isEditable ? (on) => edit("remove_dependency", leaf.id, on) : undefined} />
      {source.isEditable && <Adder leaf={leaf} byId={byId} add={(on) => edit("add_dependency", leaf.id, on)} />}
      <h3>Needed by</h3>
      <Links ids={dependants.get(leaf.id) ?? []} byId={byId} choose={choose} none="Nothing." />
    </section>
  );
}

function Links({ ids, byId, choose, none, remove }: { ids: string[]; byId: ReadonlyMap<string, Leaf>; choose(id: string): void; none: string; remove?: (id: string) => void }) {
  if (!ids.length) return <p class="muted small">{none}</p>;
  return (
    <ul class="graph-links">
      {ids.slice(0, 60).map((id) => (
        <li key={id}>
          <button type="button" class="quiet" onClick={() => choose(id)}>{byId.get(id)?.title ?? id}</button>
          {remove && <button type="button" class="quiet danger" aria-label={`Does not need ${byId.get(id)?.title ?? id}`} onClick={() => remove(id)}>×</button>}
        </li>
      ))}
      {ids.length > 60 && <li class="muted small">… and {ids.length - 60} more</li>}
    </ul>
  );
}

function Adder({ leaf, byId, add }: { leaf: Leaf; byId: ReadonlyMap<string, Leaf>; add(on: string): void }) {
  const [text, setText] = useState("");
  const found = [...byId.values()].filter((one) => one.id !== leaf.id && !leaf.needs.includes(one.id));
  function submit(event: Event) {
    event.preventDefault();
    const chosen = found.find((one) => one.id === text || one.title === text || `${one.id} ${one.title}` === text);
    if (!chosen) return;
    add(chosen.id);
    setText("");
  }
  return (
    <form class="graph-adder" onSubmit={submit}>
      <label class="visually-hidden" for="graph-add">A task that it needs</label>
      <input id="graph-add" list="graph-nodes" value={text} placeholder="Needs also …" autocomplete="off" onInput={(event) => setText(event.currentTarget.value)} />
      <datalist id="graph-nodes">{found.slice(0, 500).map((one) => <option key={one.id} value={`${one.id} ${one.title}`} />)}</datalist>
      <button type="submit">Add</button>
    </form>
  );
}

function Findings({ findings, choose }: { findings: Finding[]; choose(id: string): void }) {
  const [errors, others] = [findings.filter((one) => one.severity === "error"), findings.filter((one) => one.severity !== "error")];
  return (
    <section class="card" aria-label="The linter's findings">
      <h2>
        <span role="status">{errors.length ? `${errors.length} ${errors.length === 1 ? "error" : "errors"}` : "No errors"}</span>
      </h2>
      <ul class="graph-findings">
        {[...errors, ...others].slice(0, 50).map((one, index) => (
          <li key={index} class={`finding finding-${one.severity}`}>
            <span class="badge">{one.code}</span> {one.subject ? <button type="button" class="quiet" onClick={() => choose(one.subject)}>{one.subject}</button> : null} {one.message}
            {one.hint && <span class="muted small"> {one.hint}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
