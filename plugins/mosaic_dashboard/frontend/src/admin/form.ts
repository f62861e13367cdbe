/** The fields of a configuration that the server has drawn: what of them was changed, and what is wrong with it. */
import type { Problem, Stop } from "../shell/api";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const PREFIX = "texts.";

function before(control: Control): string {
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue;
  const chosen = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
  return chosen?.value ?? "";
}

export class ConfigurationForm {
  /** Whether values are being set just now. */
  isBusy = false;

  /** How many times it was asked for anew. */
  private turn = 0;

  constructor(private readonly place: HTMLElement) {}

  /** Be told of the values that are to be set, and of the keys that are to be taken back. */
  listen(
    onSet: (texts: Record<string, string>, keeps: boolean) => Promise<void>,
    onTakeBack: (key: string) => Promise<void>,
  ): Stop {
    const ending = new AbortController();
    const options = { signal: ending.signal };
    this.place.addEventListener(
      "submit",
      (event) => {
        const form = event.target as HTMLFormElement;
        event.preventDefault();
        if (this.isBusy) return;
        this.clear();
        const key = form.dataset.takeBack;
        const keeps = form.querySelector<HTMLInputElement>("input[type=checkbox][name=keeps]")?.checked ?? true;
        void this.busily(() => (key ? onTakeBack(key) : onSet(this.changes(), keeps)));
      },
      options,
    );
    this.place.addEventListener("input", () => this.markChanges(), options);
    this.place.addEventListener(
      "change",
      (event) => {
        const control = event.target as Control;
        if (control.matches("[data-json]")) this.checkJson(control);
      },
      options,
    );
    this.markChanges();
    return () => ending.abort();
  }

  /** What was written and is not set yet, by key. */
  changes(): Record<string, string> {
    const changed: Record<string, string> = {};
    for (const control of this.controls()) {
      if (!control.disabled && control.value !== before(control)) changed[control.name.slice(PREFIX.length)] = control.value;
    }
    return changed;
  }

  /** Say what is wrong, each at its field; the first one is gone to. */
  tell(problems: Problem[]): void {
    let first: Control | null = null;
    const rest: string[] = [];
    for (const problem of problems) {
      const field = this.fieldAt(problem.where ?? "");
      // At its field, its name need not be said again.
      const what = problem.what.replace(`'${problem.where}' is wrong`, "").replace(/^: /, "");
      const said = [what, problem.expected && `expected ${problem.expected}`, problem.got && `got ${problem.got}`];
      const words = [said.filter(Boolean).join("; "), problem.hint].filter(Boolean).join(". ");
      const text = words.charAt(0).toUpperCase() + words.slice(1);
      if (!field) rest.push(problem.where ? `${problem.where}: ${text}` : text);
      else first ??= this.say(field, text);
    }
    const general = this.place.querySelector<HTMLElement>("[data-form-error]");
    if (general) {
      general.textContent = rest.join(" ");
      general.hidden = !rest.length;
    }
    first?.focus();
  }

  /** Draw it as the server sees it now; what is written while its answer is on the way stays. */
  async drawAnew(part: string): Promise<void> {
    const turn = ++this.turn;
    const before = new Map(this.controls().map((control) => [control.name, control.value]));
    const response = await fetch(location.href, { headers: { "X-Mosaic-Part": part } }).catch(() => null);
    if (!response?.ok) return;
    const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
    const island = drawn.querySelector("[data-island]");
    // What was asked for later tells more.
    if (!island || turn !== this.turn) return;
    const written = this.controls().filter((control) => control.value !== before.get(control.name));
    const focused = this.place.contains(document.activeElement) ? document.activeElement?.id : "";
    const script = this.place.querySelector(":scope > script");
    this.place.replaceChildren(...[...island.children].filter((child) => child.tagName !== "SCRIPT"), ...(script ? [script] : []));
    for (const control of this.controls()) {
      const own = written.find((one) => one.name === control.name);
      if (own) control.value = own.value;
    }
    if (focused) document.getElementById(focused)?.focus();
    this.markChanges();
  }

  private controls(): Control[] {
    return [...this.place.querySelectorAll<Control>(`[name^="${PREFIX}"]`)];
  }

  private fieldAt(where: string): HTMLElement | null {
    const fields = [...this.place.querySelectorAll<HTMLElement>("[data-field]")];
    const key = (field: HTMLElement) => field.dataset.field ?? "";
    return fields.find((field) => where === key(field) || where.startsWith(`${key(field)}.`) || where.startsWith(`${key(field)}[`)) ?? null;
  }

  private say(field: HTMLElement, text: string): Control | null {
    const place = field.querySelector<HTMLElement>(".field-error");
    const control = field.querySelector<Control>("[name]");
    if (place) {
      place.textContent = text;
      place.hidden = !text;
    }
    if (text) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
    return control;
  }

  private clear(): void {
    for (const field of this.place.querySelectorAll<HTMLElement>("[data-field]")) this.say(field, "");
    this.tell([]);
  }

  private checkJson(control: Control): void {
    const field = control.closest<HTMLElement>("[data-field]");
    let wrong = "";
    try {
      if (control.value.trim()) JSON.parse(control.value);
    } catch (error) {
      wrong = `This is no JSON: ${error instanceof Error ? error.message : error}`;
    }
    if (field) this.say(field, wrong);
  }

  private markChanges(): void {
    const changed = this.changes();
    for (const field of this.place.querySelectorAll<HTMLElement>("[data-field]")) {
      field.classList.toggle("is-changed", (field.dataset.field ?? "") in changed);
    }
    const count = Object.keys(changed).length;
    const told = this.place.querySelector("[data-changes]");
    if (told) told.textContent = count ? `${count} ${count === 1 ? "change" : "changes"} to set` : "";
  }

  private async busily(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.place.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      this.isBusy = false;
      this.place.removeAttribute("aria-busy");
    }
  }
}
