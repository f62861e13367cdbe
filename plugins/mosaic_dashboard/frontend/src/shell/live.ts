/** The page's live stream: events of the log from where the page was drawn on, and notices. */
import type { Live, LogEvent, Problem, Stop, Tone } from "./api";
import { call } from "./calls";
import { Socket } from "./socket";

type Told = (events: LogEvent[]) => void;

export const UI_CHANGED = "ui.changed";
const LOST_PAUSE = 2000;

/** Whether a kind of event, or a topic, is one of those asked for. */
export function matches(kind: string, asked: readonly string[]): boolean {
  return asked.some((one) => one === kind || (one.endsWith(".") && kind.startsWith(one)));
}

export class LiveStream implements Live {
  private readonly listeners = new Map<Told, readonly string[]>();
  private readonly connections = new Set<(connected: boolean) => void>();
  private stopEvents: Stop = () => {};
  private stopNotices: Stop = () => {};
  private asked = "";
  private cursor: number;
  private wasConnected = false;
  readonly socket: Socket;

  constructor(cursor: number, private readonly toast: (text: string, tone?: Tone) => void) {
    this.cursor = cursor;
    this.socket = new Socket((connected) => this.connectionChanged(connected));
  }

  isConnected(): boolean {
    return this.socket.connected;
  }

  on(kinds: readonly string[], told: Told): Stop {
    this.listeners.set(told, kinds);
    queueMicrotask(() => this.ask());
    return () => {
      this.listeners.delete(told);
      queueMicrotask(() => this.ask());
    };
  }

  onConnection(told: (connected: boolean) => void): void {
    this.connections.add(told);
  }

  /** Subscribe anew if what the page listens to has changed. */
  private ask(): void {
    const kinds = [...new Set([...this.listeners.values()].flat())].sort();
    const asked = kinds.join(" ");
    if (asked === this.asked) return;
    this.asked = asked;
    this.stopEvents();
    this.stopNotices();
    if (!kinds.length) return;
    this.stopEvents = this.socket.subscribe("event.follow", { after: this.cursor }, (events) => this.hear(events), {
      kinds,
      next: (event: LogEvent) => {
        this.cursor = event.sequence;
        return { after: event.sequence };
      },
      ended: (problem) => this.lost(problem),
    });
    const topics = kinds.filter((kind) => !kind.endsWith(".") && kind !== UI_CHANGED);
    this.stopNotices = this.socket.subscribe("ui.follow", { topics }, (notices: { topic: string }[]) => this.note(notices), {
      ended: () => window.setTimeout(() => this.askAnew(), LOST_PAUSE),
    });
  }

  private hear(events: LogEvent[]): void {
    for (const [told, kinds] of [...this.listeners]) {
      const wanted = events.filter((event) => matches(event.kind, kinds));
      if (wanted.length) told(wanted);
    }
  }

  private note(notices: { topic: string; edition?: string }[]): void {
    const editions = notices.filter((notice) => notice.topic === UI_CHANGED);
    const isFirst = !this.noted;
    this.noted = true;
    for (const [told, kinds] of [...this.listeners]) {
      const isOther = editions.some((one) => !isFirst || one.edition !== document.body.dataset.edition);
      const isAsked = notices.some((notice) => notice.topic !== UI_CHANGED && matches(notice.topic, kinds));
      if (isOther || isAsked) told([]);
    }
    const newest = editions.at(-1)?.edition;
    if (newest) document.body.dataset.edition = newest;
  }

  private noted = false;

  private askAnew(): void {
    this.asked = "";
    this.ask();
  }

  /** The log is another than the one that was followed, or the place in it is gone: begin from what is now. */
  private async lost(problem?: Problem): Promise<void> {
    this.asked = "";
    if (problem && problem.code !== "ahead-of-log" && problem.code !== "stream-ended") this.toast(problem.what, "bad");
    try {
      const info = await call<{ events: number }>("storage.info");
      this.cursor = info.events;
    } catch {
      // Nothing answers just now: a plugin is being replaced, or it has ended. Ask again, with patience.
      window.setTimeout(() => void this.lost(), LOST_PAUSE);
      return;
    }
    for (const told of [...this.listeners.keys()]) told([]);
    this.ask();
  }

  private connectionChanged(connected: boolean): void {
    if (connected && this.wasConnected) {
      // Notices are not kept: what they would have told is looked at anew.
      for (const [told, kinds] of [...this.listeners]) if (kinds.length) told([]);
    }
    this.wasConnected ||= connected;
    for (const told of this.connections) told(connected);
  }
}
