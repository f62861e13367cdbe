/** An attempt's output, live: the newest lines, following their end unless somebody reads further up. */
import type { Context } from "../shell/api";
import { AnsiWriter } from "../shell/ansi";

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
  if (isSmall) place.setAttribute("aria-live", "off");
  const writer = new AnsiWriter();
  let rest = "";
  let open: HTMLElement | null = null;

  function write(pieces: Piece[]): void {
    if (!place.isConnected) element.replaceChildren(place);
    const follows = place.scrollTop + place.clientHeight >= place.scrollHeight - 40;
    const lines = (rest + pieces.map((piece) => piece.text).join("")).split("\n");
    rest = lines.pop() ?? "";
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
    element.append(writer.line(line.slice(0, 4000)), "\n");
    return element;
  }

  return context.follow<Piece>(
    "task.output",
    { run_id: data.run_id, task_id: data.task_id, token: data.token },
    write,
    { next: (piece) => ({ run_id: data.run_id, task_id: data.task_id, token: piece.token, offset: piece.offset }) },
  );
}
