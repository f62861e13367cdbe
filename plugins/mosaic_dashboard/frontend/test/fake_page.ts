// What a page has, as far as what is tested here asks for it: frames that come when the test says, and a server's end of
// each WebSocket.
type Heard = { subscribe?: string; unsubscribe?: string; operation?: string; input?: any; kinds?: string[] };

export class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  heard: Heard[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = (_: { data: string }) => {};

  constructor() {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }

  open(): this {
    this.readyState = 1;
    this.onopen();
    return this;
  }

  close(): void {
    this.readyState = 3;
    this.onclose();
  }

  /** The newest subscription of an operation. */
  asked(operation: string): Heard {
    return this.heard.findLast((one) => one.operation === operation)!;
  }

  tell(name: string | undefined, ...items: object[]): void {
    for (const item of items) this.onmessage({ data: JSON.stringify({ name, item }) });
  }

  end(name: string | undefined, problem?: object): void {
    this.onmessage({ data: JSON.stringify(problem ? { name, problem } : { name, ended: true }) });
  }
}

export interface FakePage {
  frame(): void;
  /** What went wrong in a listener. */
  errors: unknown[];
  body: { dataset: Record<string, string> };
}

/** Make the globals of a page; `answer` answers what is fetched. */
export function fakePage(answer: (address: string, input: any) => unknown = () => ({})): FakePage {
  let frames: (() => void)[] = [];
  const errors: unknown[] = [];
  const body = { dataset: {} as Record<string, string> };
  FakeSocket.all = [];
  Object.assign(globalThis, {
    window: globalThis,
    location: { protocol: "http:", host: "here", search: "", href: "http://here/" },
    document: Object.assign(new EventTarget(), { hidden: false, body }),
    WebSocket: FakeSocket,
    requestAnimationFrame: (go: () => void) => frames.push(go),
    cancelAnimationFrame: () => (frames = []),
    reportError: (error: unknown) => errors.push(error),
    fetch: async (address: string, init?: { body?: string }) => {
      const said = await answer(address, JSON.parse(init?.body ?? "null"));
      return new Response(JSON.stringify(said), { status: 200 });
    },
  });
  const frame = () => {
    const now = frames;
    frames = [];
    for (const go of now) go();
  };
  return { frame, errors, body };
}

export const soon = () => new Promise((resolve) => setImmediate(resolve));
