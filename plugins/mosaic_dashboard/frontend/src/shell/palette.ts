/** The command palette: every page, every command of a plugin, and tasks by their words. Ctrl+K opens it. */
import { taskAddress } from "./addresses";
import { wordsOf, type Context } from "./api";
import { nextMode } from "./modes";
import { areKeysOn, toggleKeys } from "./typing";

interface Entry {
  title: string;
  /** What tells it from others with the same title. */
  where?: string;
  kind: string;
  keys?: string;
  run(): void | Promise<void>;
}

interface Declared {
  title: string;
  kind: string;
  keys?: string;
  target?: string;
  operation?: string;
  input?: Record<string, unknown>;
}

const MOST = 12;
const FEWEST_LETTERS = 2;
const PAUSE = 150; // milliseconds without a key, before tasks are asked for

interface Found {
  run_id: string;
  run_title: string;
  task_id: string;
  title: string;
  path: string[];
}

/** What the page's plugins declare. */
export function declared(): Declared[] {
  return JSON.parse(document.getElementById("commands")?.textContent ?? "[]");
}

/** Return a declared command's input with the page's parameters in it. */
export function filledInput(input: unknown, params: Record<string, string>): unknown {
  if (typeof input === "string") {
    const name = input.match(/^\{([\w.]+)(?::\w+)?\}$/)?.[1];
    return name === undefined ? input : params[name];
  }
  if (Array.isArray(input)) return input.map((one) => filledInput(one, params));
  if (input && typeof input === "object") {
    const pairs = Object.entries(input).map(([key, value]) => [key, filledInput(value, params)] as const);
    return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
  }
  return input;
}

export async function carryOut(one: Declared, context: Omit<Context, "data">): Promise<void> {
  if (one.target) return context.go(one.target);
  if (!one.operation) return;
  try {
    await context.call(one.operation, filledInput(one.input ?? {}, context.params) as object);
    context.toast(`${one.title}: done.`, "good");
  } catch (error) {
    context.toast(wordsOf(error), "bad");
  }
}

/** The run, what the task is part of, and its name, in a line. */
function whereOf(task: Found): string {
  const parts = [...new Set([task.run_title || task.run_id, ...task.path])];
  const shown = parts.length > 3 ? [parts[0], "…", parts.at(-1)] : parts;
  return `${shown.join(" › ")} · ${task.task_id}`;
}

export class Palette {
  private readonly dialog = document.createElement("dialog");
  private readonly field = document.createElement("input");
  private readonly list = document.createElement("ul");
  private shown: Entry[] = [];
  private chosen = 0;
  /** The tasks that were found for what was written, those of the page's run first. */
  private tasks: Entry[] = [];
  private asking = 0;

  constructor(
    private readonly context: Omit<Context, "data">,
    private readonly showKeys: () => void,
  ) {
    this.dialog.className = "palette";
    this.dialog.setAttribute("aria-label", "Find a page, a command or a task");
    Object.assign(this.field, { type: "text", placeholder: "Go to, do, or find a task…", autocomplete: "off", spellcheck: false });
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", "palette-list");
    this.field.setAttribute("aria-label", "Find");
    this.list.id = "palette-list";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Found");
    this.dialog.append(this.field, this.list);
    document.body.append(this.dialog);
    this.field.oninput = () => this.changed();
    this.field.onkeydown = (event) => this.key(event);
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close();
    };
  }

  open(): void {
    if (this.dialog.open) return this.dialog.close();
    this.field.value = "";
    this.tasks = [];
    this.dialog.showModal();
    this.draw();
  }

  private all(): Entry[] {
    const found: Entry[] = declared().map((one) => ({
      title: one.title,
      kind: one.kind === "page" ? "page" : "command",
      keys: one.keys,
      run: () => carryOut(one, this.context),
    }));
    found.push({ title: "Light, dark or system colours", kind: "command", run: nextMode });
    found.push({ title: "Keys of this page", kind: "command", keys: "?", run: this.showKeys });
    found.push({ title: `Turn the keys of single letters ${areKeysOn() ? "off" : "on"}`, kind: "command", run: toggleKeys });
    return found;
  }

  private changed(): void {
    this.chosen = 0;
    this.draw();
    window.clearTimeout(this.asking);
    const text = this.field.value.trim();
    if (text.length >= FEWEST_LETTERS) this.asking = window.setTimeout(() => void this.askForTasks(text), PAUSE);
    else this.tasks = [];
  }

  private async askForTasks(text: string): Promise<void> {
    const run_id = this.context.params.run_id;
    const ask = (where: object) =>
      this.context.call<{ items: Found[] }>("task.find", { text, limit: MOST, ...where }).catch(() => ({ items: [] }));
    const [here, all] = await Promise.all([run_id ? ask({ run_id }) : { items: [] }, ask({})]);
    if (this.field.value.trim() !== text) return;
    const found = [...here.items, ...all.items.filter((one) => one.run_id !== run_id)];
    this.tasks = found.slice(0, MOST).map((task) => ({
      title: task.title || task.task_id,
      where: whereOf(task),
      kind: "task",
      run: () => this.context.go(taskAddress(task.run_id, task.task_id)),
    }));
    this.draw();
  }

  private draw(): void {
    const words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isMeant = (one: Entry) => words.every((word) => `${one.title} ${one.where ?? ""}`.toLowerCase().includes(word));
    this.shown = [...this.all(), ...this.tasks].filter(isMeant).slice(0, MOST);
    this.chosen = Math.min(this.chosen, Math.max(0, this.shown.length - 1));
    this.list.replaceChildren(
      ...this.shown.map((entry, index) => {
        const item = document.createElement("li");
        item.id = `palette-${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(index === this.chosen));
        const title = document.createElement("span");
        title.textContent = entry.title;
        if (entry.where) {
          const where = document.createElement("span");
          where.className = "where";
          where.textContent = entry.where;
          title.append(where);
        }
        const kind = document.createElement("small");
        kind.textContent = entry.keys ?? entry.kind;
        item.append(title, kind);
        item.onclick = () => this.take(entry);
        return item;
      }),
    );
    if (!this.shown.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-selected", "false");
      none.setAttribute("aria-disabled", "true");
      none.textContent = "Nothing found";
      this.list.append(none);
    }
    const chosen = this.shown.length ? this.list.children[this.chosen] : undefined;
    if (chosen) this.field.setAttribute("aria-activedescendant", chosen.id);
    else this.field.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.chosen = (this.chosen + step + this.shown.length) % Math.max(1, this.shown.length);
      this.draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const entry = this.shown[this.chosen];
      if (entry) this.take(entry);
    }
  }

  private take(entry: Entry): void {
    this.dialog.close();
    this.field.blur(); // not only with the next frame: the next key is for the page
    void entry.run();
  }
}
