/** The inbox by keys (j and k choose, the keys beside the answers answer), and notifications of what newly waits. */
import type { Context } from "../shell/api";

interface Item {
  id: string;
  kind: string;
  title: string;
}

export default function mount(element: HTMLElement, context: Context): () => void {
  const button = document.createElement("button");
  button.type = "button";
  button.onclick = () => void ask();
  let known: Set<string> | null = null;

  function draw(): void {
    const permission = "Notification" in window ? Notification.permission : "denied";
    const isOn = permission === "granted" && localStorage.getItem("mosaic-notify") !== "off";
    button.textContent = permission === "denied" ? "Notifications are blocked" : isOn ? "Notifications on" : "Notify me";
    button.disabled = permission === "denied";
    button.setAttribute("aria-pressed", String(isOn));
  }

  async function ask(): Promise<void> {
    if (Notification.permission === "granted") {
      localStorage.setItem("mosaic-notify", localStorage.getItem("mosaic-notify") === "off" ? "on" : "off");
    } else {
      await Notification.requestPermission();
    }
    draw();
  }

  function items(): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(".waiting-item")];
  }

  function choose(step: number): void {
    const all = items();
    const current = all.findIndex((one) => one.contains(document.activeElement));
    all[Math.min(all.length - 1, Math.max(0, current < 0 ? 0 : current + step))]?.focus();
  }

  function key(event: KeyboardEvent): void {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLElement && target.matches("input, textarea, select")) return;
    if (event.key !== "j" && event.key !== "k") return;
    event.preventDefault();
    choose(event.key === "j" ? 1 : -1);
  }

  let answered = -1;
  function answers(event: Event): void {
    answered = items().findIndex((one) => event.target instanceof Node && one.contains(event.target));
  }

  /** Whoever answered by keys goes on with what stands there now. */
  function settle(): void {
    if (answered < 0 || document.activeElement !== document.body) return;
    const all = items();
    all[Math.min(all.length - 1, answered)]?.focus();
    answered = -1;
  }

  async function look(): Promise<void> {
    const found = await context.call<{ items: Item[] }>("inbox.list", { limit: 1000 }).catch(() => null);
    if (!found) return;
    const before = known;
    known = new Set(found.items.map((item) => item.id));
    const isOn = "Notification" in window && Notification.permission === "granted" && localStorage.getItem("mosaic-notify") !== "off";
    if (!before || !isOn || !document.hidden) return;
    for (const item of found.items.filter((one) => !before.has(one.id)).slice(0, 3)) {
      const note = new Notification("Mosaic waits for you", { body: item.title, tag: item.id });
      note.onclick = () => {
        window.focus();
        context.go(`/inbox?id=${encodeURIComponent(item.id)}`);
      };
    }
  }

  element.replaceChildren(button);
  draw();
  document.addEventListener("keydown", key);
  document.addEventListener("submit", answers, true);
  document.addEventListener("htmx:after:swap", settle);
  // A run says a lot: what waits is looked at once a second at most.
  let timer = 0;
  const soon = () => {
    timer ||= window.setTimeout(() => void look().finally(() => (timer = 0)), 1000);
  };
  const stop = context.live.on(["inbox.", "task.", "run."], soon);
  void look();
  return () => {
    stop();
    window.clearTimeout(timer);
    document.removeEventListener("keydown", key);
    document.removeEventListener("submit", answers, true);
    document.removeEventListener("htmx:after:swap", settle);
  };
}
