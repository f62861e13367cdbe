/** What `?` shows: the keys that count here. They are those of the palette's entries, of the buttons on the page
 *  (`data-key`), and what islands say of theirs; this file knows none but its own and the palette's. */
import type { KeyWords, Stop } from "./api";
import { declared } from "./palette";

const OWN: readonly KeyWords[] = [
  ["Ctrl K", "find a page, a command or a task"],
  ["?", "this list"],
];
const MOST_WORDS = 40;

const ofIslands = new Map<object, { title: string; keys: readonly KeyWords[] }>();

/** Have keys in the list, under a title. */
export function tellKeys(title: string, keys: readonly KeyWords[]): Stop {
  const token = {};
  ofIslands.set(token, { title, keys });
  return () => ofIslands.delete(token);
}

/** Show the list, or close it. */
export class KeyHelp {
  private readonly dialog = document.createElement("dialog");

  constructor() {
    this.dialog.className = "key-help";
    this.dialog.setAttribute("aria-labelledby", "key-help-title");
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close();
    };
    document.body.append(this.dialog);
  }

  toggle(): void {
    if (this.dialog.open) return this.dialog.close();
    this.dialog.replaceChildren(head(() => this.dialog.close()), sections());
    this.dialog.showModal();
  }
}

function head(close: () => void): HTMLElement {
  const element = document.createElement("header");
  const title = document.createElement("h2");
  title.id = "key-help-title";
  title.textContent = "Keys";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Close";
  button.onclick = close;
  element.append(title, button);
  return element;
}

function sections(): HTMLElement {
  const commands = declared().filter((one) => one.keys);
  const said = (one: { keys?: string; title: string }): KeyWords => [one.keys ?? "", one.title];
  const place = document.createElement("div");
  place.className = "key-groups";
  place.tabIndex = 0;
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", "What keys do");
  const groups: [string, readonly KeyWords[]][] = [
    ...[...ofIslands.values()].map((one): [string, readonly KeyWords[]] => [one.title, one.keys]),
    ["Buttons of this page", ofButtons()],
    ["Everywhere", [...OWN, ...commands.filter((one) => one.kind !== "page").map(said)]],
    ["Go to", commands.filter((one) => one.kind === "page").map(said)],
  ];
  place.append(...groups.filter(([, keys]) => keys.length).map(([title, keys]) => group(title, keys)));
  return place;
}

/** The keys of the buttons that stand on the page; one that several have is told with what the first two say. */
function ofButtons(): KeyWords[] {
  const found = new Map<string, Set<string>>();
  for (const button of document.querySelectorAll<HTMLElement>("[data-key]:not(:disabled)")) {
    const words = [...button.childNodes].map(wordsOf).join("").trim();
    const key = button.dataset.key ?? "";
    if (words) found.set(key, (found.get(key) ?? new Set()).add(words.slice(0, MOST_WORDS)));
  }
  return [...found].map(([key, words]) => [key, [...words].slice(0, 2).join(", or ") + (words.size > 2 ? " …" : "")]);
}

/** A button's words, without the key itself and a count beside them. */
function wordsOf(node: Node): string {
  return node instanceof Element && node.matches("kbd, [class*=count]") ? "" : (node.textContent ?? "");
}

function group(title: string, keys: readonly KeyWords[]): HTMLElement {
  const section = document.createElement("section");
  const heading = document.createElement("h3");
  heading.textContent = title;
  const list = document.createElement("dl");
  for (const [names, words] of keys) {
    const term = document.createElement("dt");
    for (const name of names.split(" ")) {
      const key = document.createElement("kbd");
      key.textContent = name;
      term.append(key, " ");
    }
    const what = document.createElement("dd");
    what.textContent = words;
    list.append(term, what);
  }
  section.append(heading, list);
  return section;
}
