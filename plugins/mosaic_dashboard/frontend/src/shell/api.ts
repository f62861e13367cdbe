/** What an island gets, and what it may do: the operations of Mosaic, live streams, and words to whoever looks. */

/** Why something could not be done, in the words of its error (RFC 9457, with Mosaic's members). */
export interface Problem {
  code: string;
  what: string;
  where?: string;
  expected?: string;
  got?: string;
  hint?: string;
}

/** An operation was refused. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.what);
  }
}

/** What went wrong, in words for whoever looks, and what to do about it. */
export function wordsOf(error: unknown): string {
  if (error instanceof Refused) return problemWords(error.problem);
  return error instanceof Error ? error.message : String(error);
}

export function problemWords({ what, where, got, hint }: Problem): string {
  const said = `${what}${where ? ` (${where})` : ""}${got ? `: ${got}` : ""}`;
  return [said.endsWith(".") ? said : `${said}.`, hint].filter(Boolean).join(" ");
}

/** One event of the log. */
export interface LogEvent {
  sequence: number;
  at: number;
  kind: string;
  run_id: string;
  task_id: string;
  by: string;
  body: Record<string, unknown>;
}

export type Stop = () => void;
/** Keys, with a space between those that are pressed one after the other or together, and what they do. */
export type KeyWords = readonly [keys: string, words: string];
export type Tone = "good" | "bad" | "plain";

export interface Live {
  /** Whether the stream is there now. */
  isConnected(): boolean;
  /** Be told of events of these kinds (`task.` for all that begin so but `task.renewed`), and of notices with these topics: once an
   *  animation frame, all that have come since. `events` is empty for notices, and after a break that lost any, such as
   *  between the drawing of the page and now. Notices are not kept: `begun` is called once they are followed, to look
   *  at what they were told of before. */
  on(kinds: readonly string[], told: (events: LogEvent[]) => void, begun?: () => void): Stop;
}

export interface Context {
  /** What the server gave: `island(name, data)` in a template, or what a contribution reads. */
  data: any;
  /** The parameters of the page's query. */
  params: Record<string, string>;
  /** Carry out a query or a command; rejects with `Refused`. */
  call<Answer = any>(operation: string, input?: object): Promise<Answer>;
  /** Follow a stream: `told` gets all items that came since the last animation frame. After a break it goes on where
   *  it was: `next` returns, from the last item, the input that follows on. */
  follow<Item = any>(
    operation: string,
    input: object,
    told: (items: Item[]) => void,
    options?: { next?: (item: Item) => object; ended?: (problem?: Problem) => void },
  ): Stop;
  live: Live;
  /** Have keys that are minded here in the list that `?` shows, under a title. */
  keys(title: string, keys: readonly KeyWords[]): Stop;
  /** Tell whoever looks, in a corner, for a while. */
  toast(text: string, tone?: Tone): void;
  /** Open another page. */
  go(address: string): void;
}

/** The default export of an island: draws into the element; what it returns ends it. */
export type Mount = (element: HTMLElement, context: Context) => void | Stop;
