/** An attempt's output, live: the newest lines, following their end unless somebody reads further up. */
import type { Context } from "../shell/api";
import { AnsiWriter, lastTurn } from "../shell/ansi";

const MOST_OF_A_LINE = 4000;
const PAUSE = 2000;
const PASSING = new Set(["stream-ended", "too-many", "unknown-operation"]);

interface Data {
  run_id: string;
  task_id: string;
  token: number;
  lines: number;
}

interface Piece {
  token: number;
  offset: number;
  text: string;
}

export default function mount(element: HTMLElement, context: Context): () => void {
  const data = context.data as Data;
  const isSmall = data.lines <= 10;
  const place = document.createElement("pre");
  place.className = isSmall ? "output output-small" : "output";
  place.tabIndex = isSmall ? -1 : 0;
  place.setAttribute("role", "log");
  place.setAttribute("aria-label", "Output");
  // What an agent prints would speak over all else: it is read by who goes there.
  place.setAttribute("aria-live", "off");
  const writer = new AnsiWriter();
  let rest = "";
  let open: HTMLElement | null = null;

  function write(pieces: Piece[]): void {
    if (!place.isConnected) element.replaceChildren(place);
    const follows = !isSmall && place.scrollTop + place.clientHeight >= place.scrollHeight - 40;
    const lines = (rest + pieces.map((piece) => piece.text).join("")).split("\n");
    rest = lines.pop() ?? "";
    // A line without an end must not grow for ever: what it was begun anew after is gone, and what is too much, too.
    rest = rest.slice(lastTurn(rest) + 1).slice(0, 2 * MOST_OF_A_LINE);
    open?.remove();
    const skipped = Math.max(0, lines.length - data.lines);
    if (skipped) place.replaceChildren();
    const fragment = document.createDocumentFragment();
    for (const line of lines.slice(skipped)) fragment.append(row(line));
    open = rest ? row(rest) : null;
    if (open) fragment.append(open);
    place.append(fragment);
    while (place.childElementCount > data.lines) place.firstElementChild?.remove();
    if (follows) place.scrollTop = place.scrollHeight;
  }

  function row(line: string): HTMLElement {
    const element = document.createElement("div");
    element.append(writer.line(line.slice(0, MOST_OF_A_LINE)), "\n");
    return element;
  }

  const attempt = { run_id: data.run_id, task_id: data.task_id, token: data.token };
  let input: object = attempt;
  let timer = 0;
  let stop = follow();

  function follow(): () => void {
    return context.follow<Piece>("task.output", input, write, {
      next: (piece) => (input = { ...attempt, token: piece.token, offset: piece.offset }),
      // Its plugin was replaced meanwhile, or somebody drew too slowly; what was shown is not lost.
      ended: (problem) => {
        if (problem && PASSING.has(problem.code)) timer = window.setTimeout(() => (stop = follow()), PAUSE);
      },
    });
  }

  return () => {
    window.clearTimeout(timer);
    stop();
  };
}
