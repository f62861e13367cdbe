/** The one WebSocket of a page, with all its subscriptions; after a break each goes on where it was. */
import type { Problem, Stop } from "./api";

interface Subscription {
  operation: string;
  input: object;
  kinds: readonly string[];
  items: unknown[];
  told(items: unknown[]): void;
  next(item: any): object | null;
  ended(problem?: Problem): void;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;
/** What waits for a frame at most; more is handed on at once. */
const MOST_WAITING = 2000;

export class Socket {
  private socket: WebSocket | null = null;
  private readonly subscriptions = new Map<string, Subscription>();
  private number = 0;
  private pause = FIRST_PAUSE;
  private frame = 0;
  private timer = 0;
  connected = false;

  /** `changed` is told whenever the connection comes or goes. */
  constructor(private readonly changed: (connected: boolean) => void) {
    // A frame that was asked for comes only when somebody looks again.
    document.addEventListener("visibilitychange", () => {
      if (this.frame) this.flush();
    });
  }

  subscribe(
    operation: string,
    input: object,
    told: (items: any[]) => void,
    options: { kinds?: readonly string[]; next?: (item: any) => object | null; ended?: (problem?: Problem) => void } = {},
  ): Stop {
    const name = `s${++this.number}`;
    const subscription: Subscription = {
      operation,
      input,
      kinds: options.kinds ?? [],
      items: [],
      told,
      next: options.next ?? ((item) => ("sequence" in item ? { ...input, after: item.sequence } : null)),
      ended: options.ended ?? (() => {}),
    };
    this.subscriptions.set(name, subscription);
    if (this.connected) this.ask(name, subscription);
    else this.connect();
    return () => {
      if (this.subscriptions.delete(name) && this.connected) this.say({ unsubscribe: name });
    };
  }

  private connect(): void {
    if (this.socket || this.timer) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
    this.socket = socket;
    let isRefused = true;
    socket.onopen = () => {
      isRefused = false;
      this.pause = FIRST_PAUSE;
      this.connected = true;
      this.changed(true);
      for (const [name, one] of this.subscriptions) this.ask(name, one);
    };
    socket.onmessage = (message) => this.hear(JSON.parse(message.data));
    socket.onclose = () => {
      this.socket = null;
      if (this.connected) {
        this.connected = false;
        this.changed(false);
      }
      if (!this.subscriptions.size) return;
      if (isRefused) void lookWhy();
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.connect();
      }, this.pause * (0.75 + Math.random() / 2));
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    };
  }

  private ask(name: string, one: Subscription): void {
    this.say({ subscribe: name, operation: one.operation, input: one.input, kinds: one.kinds });
  }

  private say(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private hear(message: { name?: string; item?: any; ended?: boolean; problem?: Problem }): void {
    const one = message.name ? this.subscriptions.get(message.name) : undefined;
    if (!one || !message.name) return;
    if ("item" in message) {
      one.items.push(message.item);
      const input = one.next(message.item);
      if (input) one.input = input;
      if (one.items.length >= MOST_WAITING) this.flush();
      else this.plan();
    } else if (message.ended || message.problem) {
      this.flush();
      this.subscriptions.delete(message.name);
      one.ended(message.problem);
    }
  }

  private plan(): void {
    // Frames stop while nobody looks; then a slow timer keeps what has come from growing.
    if (this.frame) return;
    const go = () => this.flush();
    this.frame = document.hidden ? -window.setTimeout(go, 1000) : requestAnimationFrame(go);
  }

  private flush(): void {
    if (this.frame > 0) cancelAnimationFrame(this.frame);
    else if (this.frame) window.clearTimeout(-this.frame);
    this.frame = 0;
    for (const one of [...this.subscriptions.values()]) {
      if (!one.items.length) continue;
      const items = one.items;
      one.items = [];
      try {
        one.told(items);
      } catch (error) {
        reportError(error); // one that fails keeps nothing from the others
      }
    }
  }
}

/** A socket is refused without a reason; a request says whether this browser is still signed in. */
async function lookWhy(): Promise<void> {
  const answer = await fetch("/api/session").catch(() => null);
  if (answer?.status === 401) document.dispatchEvent(new CustomEvent("mosaic:signed-out"));
}
