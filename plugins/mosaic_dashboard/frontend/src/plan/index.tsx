/** The plan of a run, or a draft: mounted in the place of the lists that the server has drawn. */
import { render } from "preact";
import type { Context } from "../shell/api";
import { isWriting } from "../shell/typing";
import "./plan.css";
import { DRAFT_KEYS, KEYS } from "./keys";
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
    if (!store.isDraft || isWriting(event.target) || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    void (event.shiftKey ? store.redo() : store.undo()).then(() => focusChosen(store));
  }
  document.addEventListener("keydown", key);
  const forget = [context.keys("In the tree", KEYS)];
  if (store.isDraft) forget.push(context.keys("Change what is chosen in the tree", DRAFT_KEYS));
  return () => {
    for (const one of forget) one();
    document.removeEventListener("keydown", key);
    store.end();
    render(null, place);
  };
}
