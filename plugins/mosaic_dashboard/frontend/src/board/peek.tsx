/** A look at one task beside the board: why it is where it is, and what can be done to it, a button each. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { taskAddress } from "../shell/addresses";
import { Sign } from "../shell/signs";
import { stateWord } from "../shell/states";
import { carryOut } from "./carrying";
import { columnOf, COLUMNS, ENDED, READY, WORKING } from "./columns";
import type { Model } from "./model";
import { ACT_WORDS, labelOf, stepsTo, type Step } from "./moves";
import { agentOf } from "./view";
import { runningWords } from "./why";

interface Blocker {
  code: string;
  text: string;
  /** Another task that the sentence names. */
  task_id: string;
}

interface Why {
  blockers: Blocker[];
  titles: Record<string, string>;
}

export function Peek({ model, tick }: { model: Model; tick: number }) {
  const task = model.store.tasks.get(model.peek);
  const [why, setWhy] = useState<Why | null>(null);
  const close = useRef<HTMLButtonElement>(null);
  // Before the next key is pressed, which is for it already.
  useLayoutEffect(() => close.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    let isCurrent = true;
    const input = { run_id: model.runId, task_id: model.peek };
    model.context.call<Why>("task.why", input).then(
      (found) => isCurrent && setWhy(found),
      () => isCurrent && setWhy(null),
    );
    return () => {
      isCurrent = false;
    };
  }, [task?.state, task?.unmet, task?.token]);
  void tick;
  if (!task) return null;
  const steps = [...stepsTo([task], READY), ...stepsTo([task], ENDED)];
  const agent = agentOf(task);
  const shut = () => {
    model.peek = "";
    model.wantsFocus = true;
    model.tell();
  };
  const column = COLUMNS[columnOf(task.state)]!;
  return (
    <aside
      class={`board-peek tone-${column.name}`}
      aria-labelledby="board-peek-title"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        shut();
      }}
    >
      <header>
        <span class={`state state-${task.state}`}>
          <Sign name={`state-${task.state}`} />
          {stateWord(task.state)}
        </span>
        <code>{task.task_id}</code>
        <button ref={close} type="button" class="quiet" aria-label="Close" onClick={shut}>
          <Sign name="icon-cross" />
        </button>
      </header>
      <h2 id="board-peek-title">{task.title || task.task_id}</h2>
      {task.path.length > 0 && <p class="path">{task.path.join(" › ")}</p>}
      {why && why.blockers.length > 0 && (
        <ul class="board-why">
          {why.blockers.map((one) => (
            <li key={one.code + one.text}>
              <Reason one={one} titles={why.titles} runId={model.runId} />
            </li>
          ))}
        </ul>
      )}
      <dl class="facts">
        {agent && <Fact name="Agent" text={agent} />}
        {task.since != null && columnOf(task.state) === WORKING && <Fact name="Running" text={runningWords(task.since, Date.now())} />}
        {task.minutes !== null && <Fact name="Estimate" text={`${task.minutes} min`} />}
        {task.attempts > 0 && <Fact name="Failed attempts" text={String(task.attempts)} />}
        {task.labels.length > 0 && <Fact name="Labels" text={task.labels.join(", ")} />}
        {task.reason && <Fact name="Reason" text={task.reason} />}
      </dl>
      {task.needs.length > 0 && <Needs model={model} needs={task.needs} />}
      <div class="row board-peek-acts">
        <a class="button primary" href={taskAddress(model.runId, task.task_id)}>
          Open the task
        </a>
        {steps.map((step) => (
          <ActButton key={step.act} model={model} steps={[step]} />
        ))}
      </div>
    </aside>
  );
}

/** A sentence, in which the other task that it names stands with its title, and leads there. */
function Reason({ one, titles, runId }: { one: Blocker; titles: Record<string, string>; runId: string }) {
  const text = one.text.charAt(0).toUpperCase() + one.text.slice(1);
  const place = one.task_id ? text.indexOf(` ${one.task_id}`) + 1 : 0;
  if (!place) return <>{text}</>;
  return (
    <>
      {text.slice(0, place)}
      <a href={taskAddress(runId, one.task_id)}>{titles[one.task_id] || one.task_id}</a>
      {text.slice(place + one.task_id.length)}
    </>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

const MOST_NEEDS = 8;

function Needs({ model, needs }: { model: Model; needs: readonly string[] }) {
  return (
    <div>
      <h3>Needs</h3>
      <ul class="board-needs">
        {needs.slice(0, MOST_NEEDS).map((id) => {
          const need = model.store.tasks.get(id);
          return (
            <li>
              <Sign name={`state-${need?.state ?? "blocked"}`} />
              <span class="visually-hidden">{need ? stateWord(need.state) : ""}: </span>
              <a class="task-link" href={taskAddress(model.runId, id)}>
                {need?.title || id}
              </a>
            </li>
          );
        })}
        {needs.length > MOST_NEEDS && <li>and {needs.length - MOST_NEEDS} more</li>}
      </ul>
    </div>
  );
}

/** A button that carries steps of one kind out. */
export function ActButton({ model, steps }: { model: Model; steps: readonly Step[] }) {
  const { act } = steps[0]!;
  return (
    <button type="button" class={ACT_WORDS[act].danger ? "danger" : ""} onClick={() => void carryOut(model, steps)}>
      {labelOf(act, steps.length)}
    </button>
  );
}
