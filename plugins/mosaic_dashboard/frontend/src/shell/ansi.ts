/** What programs print, as elements: colours and weight as classes, every other control sequence left out. The same
 *  rules as the server's filter, for output that comes live. */

const SEQUENCE = /\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?/g;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
const FLAGS: Record<number, string> = { 1: "b", 2: "d", 3: "i", 4: "u" };
const OFF: Record<number, string[]> = { 22: ["b", "d"], 23: ["i"], 24: ["u"] };

/** Where a line was begun anew the last time, as progress does; -1 if it was not. */
export function lastTurn(text: string): number {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\r") end--;
  return end > 0 ? text.lastIndexOf("\r", end - 1) : -1;
}

/** Keeps the colours that are on from one line to the next. */
export class AnsiWriter {
  private readonly classes = new Map<string, string>();

  /** Return a line as a fragment that does nothing. */
  line(text: string): DocumentFragment {
    const fragment = document.createDocumentFragment();
    const shown = text.slice(lastTurn(text) + 1);
    let place = 0;
    for (const match of shown.matchAll(SEQUENCE)) {
      this.write(fragment, shown.slice(place, match.index));
      place = match.index + match[0].length;
      if (match[1] !== undefined) this.apply(match[1]);
    }
    this.write(fragment, shown.slice(place));
    return fragment;
  }

  private write(fragment: DocumentFragment, raw: string): void {
    const text = raw.replace(CONTROL, "");
    if (!text) return;
    if (!this.classes.size) {
      fragment.append(text);
      return;
    }
    const span = document.createElement("span");
    span.className = [...this.classes.values()].join(" ");
    span.textContent = text;
    fragment.append(span);
  }

  private apply(codes: string): void {
    const numbers = (codes || "0").split(/[;:]/).slice(0, 32).map((code) => Number(code) || 0);
    for (let index = 0; index < numbers.length; index++) {
      const number = numbers[index]!;
      if (number === 0) this.classes.clear();
      else if (FLAGS[number]) this.classes.set(FLAGS[number], `ansi-${FLAGS[number]}`);
      else if (OFF[number]) for (const name of OFF[number]) this.classes.delete(name);
      else if (number === 38 || number === 48) index += numbers[index + 1] === 2 ? 4 : 2;
      else if ((number >= 30 && number <= 37) || (number >= 90 && number <= 97)) this.classes.set("colour", `ansi-${number % 10}`);
      else if (number === 39) this.classes.delete("colour");
    }
  }
}
