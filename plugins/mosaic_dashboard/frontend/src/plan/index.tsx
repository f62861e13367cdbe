/** The plan of a run, or a draft: mounted in the place of the lists that the server has drawn. */
import { render } from "preact";
import type { Context } from "../shell/api";
import "./plan.css";
import { focusChosen } from "./seeing";
import { PlanStore } from "./store";
import type { Given } from "./types";
import { PlanView } from "./view";

export default function mount(element: HTMLElement, context: Context): () => void {
  const store = new PlanStore(context.data as Given, context);
  const place = document.createElement("div");
  element.replaceChildren(place);
  render(<PlanView store={store} />, place);

  function key(event: KeyboardEvent): void {
    const target = event.target;
    const isWriting = target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
    if (!store.isDraft || isWriting || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    void (event.shiftKey ? store.redo() : store.undo()).then(() => focusChosen(store));
  }
  document.addEventListener("keydown", key);
  return () => {
    document.removeEventListener("keydown", key);
    store.end();
    render(null, place);
  };
}
