/** A card: a task, or many tasks as one. Drawn again only when its stamp or what is shown of it has changed. */
import { Component } from "preact";
import { Sign } from "../shell/signs";
import { stateWord } from "../shell/states";
import { COLUMNS, DONE, ENDED, WORKING } from "./columns";
import type { Card } from "./deck";
import type { Model } from "./model";
import { Counts, Progress } from "./counts";
import { agentOf } from "./view";
import { runningWords, whyOf } from "./why";

interface Props {
  model: Model;
  card: Card;
  stamp: number;
  tick: number;
  index: number;
  count: number;
  left: number;
  top: number;
  width: number;
  height: number;
  isTabbed: boolean;
  isSelected: boolean;
  isLifted: boolean;
  isPending: boolean;
  isAsked: boolean;
  hasPath: boolean;
  address: string;
}

const SHOWN = Object.freeze<(keyof Props)[]>([
  "card",
  "stamp",
  "tick",
  "index",
  "count",
  "left",
  "top",
  "width",
  "height",
  "isTabbed",
  "isSelected",
  "isLifted",
  "isPending",
  "isAsked",
  "hasPath",
  "address",
]);

export class CardView extends Component<Props> {
  shouldComponentUpdate(next: Props): boolean {
    return SHOWN.some((name) => next[name] !== this.props[name]);
  }

  render() {
    const { card, index, count, left, top, width, height, isTabbed, isSelected, isLifted, isPending, address } = this.props;
    const name = ["board-card", `tone-${COLUMNS[card.column]!.name}`];
    if (isSelected) name.push("is-selected");
    if (isLifted) name.push("is-lifted");
    if (isPending) name.push("is-pending");
    const title = card.task ? card.task.title || card.task.task_id : card.title;
    return (
      <li
        class="board-slot"
        aria-setsize={count}
        aria-posinset={index + 1}
        style={{ transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` }}
      >
        <a
          class={name.join(" ")}
          href={address}
          data-card={card.key}
          draggable={false}
          tabIndex={isTabbed ? 0 : -1}
          aria-describedby="board-help"
        >
          {card.task ? this.task(title) : this.group(title)}
          {isSelected && <span class="visually-hidden">, selected</span>}
        </a>
        {card.task && (
          <button type="button" class="quiet board-look" data-look={card.task.task_id} tabIndex={-1} aria-label={`Look at ${title}`}>
            <Sign name="icon-panel" />
          </button>
        )}
      </li>
    );
  }

  private task(title: string) {
    const task = this.props.card.task!;
    const path = task.path.at(-1) ?? "";
    return (
      <>
        <span class="board-card-top">
          <code title={task.task_id}>{task.task_id}</code>
          {this.props.isAsked && <span class="board-asked">asks you</span>}
          {task.minutes !== null && <span>{task.minutes} min</span>}
        </span>
        <span class="board-card-title">{title}</span>
        {this.props.hasPath && (
          <span class="board-card-path" title={task.path.join(" › ")}>
            {path}
          </span>
        )}
        <span class="board-card-foot">{this.foot()}</span>
      </>
    );
  }

  private foot() {
    const { card, model } = this.props;
    const task = card.task!;
    const now = Date.now();
    const why = whyOf(task, model.store.tasks, now);
    const agent = agentOf(task);
    const tries = triesWords(task.attempts, card.column === ENDED);
    return (
      <>
        {COLUMNS[card.column]!.states.length > 1 && task.state !== "ready" && (
          <span class="board-card-state" title={stateWord(task.state)}>
            <Sign name={`state-${task.state}`} />
            <span class="visually-hidden">{stateWord(task.state)}</span>
          </span>
        )}
        {why && (
          <span class={`board-card-why is-${task.state}`} title={why}>
            {why}
          </span>
        )}
        {!why && agent && (
          <span class="board-card-agent" title={`Agent: ${agent}`}>
            <Sign name="icon-agents" />
            {agent}
          </span>
        )}
        {!why && !agent && task.labels.length > 0 && <span class="board-card-why">{task.labels.join(", ")}</span>}
        {card.column === WORKING && task.since != null && <span class="board-card-time">{runningWords(task.since, now)}</span>}
        {tries && (
          <span class="board-card-tries" title={`${task.attempts} failed ${task.attempts === 1 ? "attempt" : "attempts"}`}>
            {tries}
          </span>
        )}
      </>
    );
  }

  private group(title: string) {
    const { card } = this.props;
    const total = card.leaves.size;
    return (
      <>
        <span class="board-card-top">
          {card.id ? <code>{card.id}</code> : <span>{total === 1 ? "1 task" : `${total} tasks`}</span>}
          <span>
            {card.counts[DONE]} of {total}
          </span>
        </span>
        <span class="board-card-title">{title}</span>
        <Progress counts={card.counts} total={total} />
        <span class="board-card-foot">
          <Counts counts={card.counts} />
        </span>
      </>
    );
  }
}

/** The how-manieth try it is, or how many there were; "" for the first. */
function triesWords(failed: number, isOver: boolean): string {
  if (isOver) return failed > 1 ? `${failed} tries` : "";
  return failed ? `try ${failed + 1}` : "";
}
