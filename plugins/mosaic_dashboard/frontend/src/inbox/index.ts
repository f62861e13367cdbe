/** The inbox by keys (j and k choose, the keys beside the answers answer), and the choice of notifications. */
import { isNotifying, permission, toggleNotifying } from "../shell/notifying";

export default function mount(element: HTMLElement): () => void {
  const button = document.createElement("button");
  button.type = "button";
  button.onclick = () => void toggleNotifying().then(draw);

  function draw(): void {
    const isDenied = permission() === "denied";
    button.textContent = isDenied ? "Notifications are blocked" : isNotifying() ? "Notifications on" : "Notify me";
    button.disabled = isDenied;
    button.setAttribute("aria-pressed", String(isNotifying()));
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

  element.replaceChildren(button);
  draw();
  document.addEventListener("keydown", key);
  document.addEventListener("submit", answers, true);
  document.addEventListener("htmx:after:swap", settle);
  return () => {
    document.removeEventListener("keydown", key);
    document.removeEventListener("submit", answers, true);
    document.removeEventListener("htmx:after:swap", settle);
  };
}
