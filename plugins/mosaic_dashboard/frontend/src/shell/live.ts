/** The page's live stream: events of the log from where the page was drawn on, and notices. */
import type { Live, LogEvent, Problem, Stop, Tone } from "./api";
import { call } from "./calls";
import { Socket } from "./socket";

interface Listener {
  kinds: readonly string[];
  told(events: LogEvent[]): void;
  begun?: (() => void) | undefined;
}

interface Notice {
  topic: string;
  edition?: string;
}

export const UI_CHANGED = "ui.changed";
const PLUGIN_CHANGED = "plugin.changed";
const RENEWED = "task.renewed";
const LOST_PAUSE = 2000;
const LONGEST_PAUSE = 30_000;

/** Whether a kind of event, or a topic, is one of those asked for. That an agent is still at it, which each says again
 *  and again, changes nothing to be seen: it is told to those alone who ask for it by its name. */
export function matches(kind: string, asked: readonly string[]): boolean {
  return asked.some((one) => one === kind || (one.endsWith(".") && kind.startsWith(one) && kind !== RENEWED));
}

export class LiveStream implements Live {
  private readonly listeners = new Set<Listener>();
  private readonly connections = new Set<(connected: boolean) => void>();
  private stopEvents: Stop = () => {};
  private stopNotices: Stop = () => {};
  private asked = "";
  private cursor: number;
  private wasConnected = false;
  /** How long it waits before it begins anew; longer each time until something comes. */
  private pause = 0;
  /** Whether notices may have been missed: what they would have told is looked at anew. */
  private hasMissed = false;
  /** Which subscription to notices is the newest, and whether it has begun. */
  private turn = 0;
  private areFollowed = false;
  readonly socket: Socket;

  constructor(cursor: number, private readonly toast: (text: string, tone?: Tone) => void) {
    this.cursor = cursor;
    this.socket = new Socket((connected) => this.connectionChanged(connected));
  }

  isConnected(): boolean {
    return this.socket.connected;
  }

  /** `since` is the event up to which the listener knows all. */
  on(kinds: readonly string[], told: Listener["told"], begun?: () => void, since = this.cursor): Stop {
    const listener: Listener = { kinds, told, begun };
    this.listeners.add(listener);
    // What others were told of meanwhile is not told again.
    const isBehind = since < this.cursor;
    queueMicrotask(() => {
      this.ask();
      if (isBehind) this.tell((_, one) => (one === listener ? [] : null));
    });
    return () => {
      this.listeners.delete(listener);
      queueMicrotask(() => this.ask());
    };
  }

  onConnection(told: (connected: boolean) => void): void {
    this.connections.add(told);
  }

  /** Subscribe anew if what the page listens to has changed. */
  private ask(): void {
    const kinds = [...new Set([...this.listeners].flatMap((listener) => listener.kinds))].sort();
    const asked = kinds.join(" ");
    if (asked === this.asked) return this.begin();
    this.asked = asked;
    this.stopEvents();
    if (!kinds.length) return this.stopNotices();
    this.stopEvents = this.socket.subscribe("event.follow", { after: this.cursor }, (events) => this.hear(events), {
      kinds,
      next: (event: LogEvent) => ({ after: event.sequence }),
      ended: (problem) => this.lost(problem),
    });
    const topics = kinds.filter((kind) => !kind.endsWith(".") && kind !== UI_CHANGED);
    this.followNotices([...new Set([...topics, PLUGIN_CHANGED])]);
  }

  /** Notices are not kept: what was followed before is let go once the next has begun, which the first one tells. */
  private followNotices(topics: string[]): void {
    let stopBefore = this.stopNotices;
    const turn = ++this.turn;
    this.areFollowed = false;
    const stop = this.socket.subscribe(
      "ui.follow",
      { topics },
      (notices: Notice[]) => {
        stopBefore();
        stopBefore = () => {};
        this.note(notices);
        this.areFollowed = turn === this.turn;
        this.begin();
      },
      { ended: () => this.notTold() },
    );
    this.stopNotices = () => {
      stopBefore();
      stop();
    };
  }

  /** Tell those who wait for it that notices are followed. */
  private begin(): void {
    if (!this.areFollowed) return;
    for (const listener of [...this.listeners]) {
      const { begun } = listener;
      listener.begun = undefined;
      begun?.();
    }
  }

  private hear(events: LogEvent[]): void {
    // What was told, not what has come: what still waits for a frame when something else is asked for comes again.
    this.cursor = events.at(-1)!.sequence;
    this.pause = 0;
    this.tell((kinds) => {
      const wanted = events.filter((event) => matches(event.kind, kinds));
      return wanted.length ? wanted : null;
    });
  }

  /** Tell each listener its events; one that fails keeps nothing from the others. */
  private tell(eventsFor: (kinds: readonly string[], listener: Listener) => LogEvent[] | null): void {
    for (const listener of [...this.listeners]) {
      const events = eventsFor(listener.kinds, listener);
      try {
        if (events) listener.told(events);
      } catch (error) {
        reportError(error);
      }
    }
  }

  private note(notices: Notice[]): void {
    const newest = notices.findLast((notice) => notice.topic === UI_CHANGED)?.edition;
    const isOther = newest !== undefined && newest !== document.body.dataset.edition;
    const isAll = isOther || this.hasMissed || notices.some((notice) => notice.topic === PLUGIN_CHANGED);
    this.hasMissed = false;
    if (newest) document.body.dataset.edition = newest;
    const isAsked = (kinds: readonly string[]) => notices.some(({ topic }) => topic !== UI_CHANGED && matches(topic, kinds));
    this.tell((kinds) => (isAll || isAsked(kinds) ? [] : null));
  }

  /** Nobody tells of notices now: a plugin is being replaced. */
  private notTold(): void {
    this.hasMissed = true;
    window.setTimeout(() => {
      this.asked = "";
      this.ask();
    }, LOST_PAUSE);
  }

  /** The log is another than the one that was followed, or the place in it is gone: begin from what is now. */
  private lost(problem?: Problem): void {
    this.asked = "";
    if (problem && problem.code !== "ahead-of-log" && problem.code !== "stream-ended") this.toast(problem.what, "bad");
    window.setTimeout(() => void this.beginAnew(), this.pause);
    this.pause = Math.min(LONGEST_PAUSE, Math.max(LOST_PAUSE, 2 * this.pause));
  }

  private async beginAnew(): Promise<void> {
    try {
      const info = await call<{ events: number }>("storage.info");
      this.cursor = info.events;
    } catch {
      return this.lost(); // nothing answers just now: a plugin is being replaced, or it has ended
    }
    this.tell(() => []);
    this.ask();
  }

  private connectionChanged(connected: boolean): void {
    this.hasMissed ||= connected && this.wasConnected;
    this.wasConnected ||= connected;
    for (const told of this.connections) told(connected);
  }
}
