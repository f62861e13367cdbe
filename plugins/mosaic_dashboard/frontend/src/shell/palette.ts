/** The command palette: every page, every command of a plugin, and tasks by their words. Ctrl+K opens it. */
import type { Context } from "./api";
import { Refused } from "./api";
import { nextMode } from "./modes";

interface Entry {
  title: string;
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
    context.toast(error instanceof Refused ? `${error.problem.what}. ${error.problem.hint ?? ""}` : String(error), "bad");
  }
}

export class Palette {
  private readonly dialog = document.createElement("dialog");
  private readonly field = document.createElement("input");
  private readonly list = document.createElement("ul");
  private shown: Entry[] = [];
  private chosen = 0;
  private tasks: Entry[] = [];
  private searching = 0;

  constructor(private readonly context: Omit<Context, "data">) {
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
    return found;
  }

  private changed(): void {
    this.chosen = 0;
    this.draw();
    window.clearTimeout(this.searching);
    const words = this.field.value.trim();
    if (words.length < 2) {
      this.tasks = [];
      return;
    }
    this.searching = window.setTimeout(() => void this.search(words), 150);
  }

  private async search(words: string): Promise<void> {
    try {
      const run = this.context.params.run_id ?? "";
      const found = await this.context.call<{ items: any[] }>("task.list", { run_id: run, limit: 1000 });
      if (this.field.value.trim() !== words) return;
      this.tasks = found.items.map((task) => ({
        title: task.title || task.task_id,
        kind: "task",
        run: () => this.context.go(`/runs/${encodeURIComponent(task.run_id)}/tasks/${encodeURIComponent(task.task_id)}`),
      }));
      this.draw();
    } catch {
      this.tasks = []; // no run yet: there is nothing to find
    }
  }

  private draw(): void {
    const words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const entries = [...this.all(), ...this.tasks];
    this.shown = entries.filter((one) => words.every((word) => one.title.toLowerCase().includes(word))).slice(0, MOST);
    this.chosen = Math.min(this.chosen, Math.max(0, this.shown.length - 1));
    this.list.replaceChildren(
      ...this.shown.map((entry, index) => {
        const item = document.createElement("li");
        item.id = `palette-${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(index === this.chosen));
        const title = document.createElement("span");
        title.textContent = entry.title;
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
    this.field.setAttribute("aria-activedescendant", this.shown.length ? `palette-${this.chosen}` : "");
  }

  private key(event: KeyboardEvent): void {
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
    void entry.run();
  }
}
