/** The inbox by keys (j and k choose, the keys beside the answers answer), and the choice of notifications. */
import type { Context, KeyWords } from "../shell/api";
import { isNotifying, permission, toggleNotifying } from "../shell/notifying";
import { isDecision } from "../shell/typing";

const KEYS: readonly KeyWords[] = [["j k", "choose the next, or the one before"]];

export default function mount(element: HTMLElement, context: Context): () => void {
  const button = document.createElement("button");
  button.type = "button";
  button.onclick = () => void toggleNotifying().then(draw);

  function draw(): void {
    const isDenied = permission() === "denied";
    button.textContent = isDenied ? "Notifications are blocked" : isNotifying() ? "Notifications on" : "Notify me";
    button.disabled = isDenied;
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
    if (!isDecision(event) || (event.key !== "j" && event.key !== "k")) return;
    event.preventDefault();
    choose(event.key === "j" ? 1 : -1);
  }

  element.replaceChildren(button);
  draw();
  document.addEventListener("keydown", key);
  const forget = context.keys("What waits", KEYS);
  return () => {
    forget();
    document.removeEventListener("keydown", key);
  };
}
