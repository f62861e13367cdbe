/** The island of the board. */
import "./board.css";
import { render } from "preact";
import type { Context } from "../shell/api";
import { Board } from "./board";
import { KEYS } from "./keyboard";
import { Model } from "./model";

export default function mount(element: HTMLElement, context: Context): () => void {
  const runId: string = context.data.run.run_id;
  // The board's address names its run, so that it stays this one when a newer one begins, and can be passed on.
  const query = new URLSearchParams(location.search);
  if (!query.get("run_id")) {
    query.set("run_id", runId);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
  }
  const model = new Model(context, runId);
  element.replaceChildren();
  render(<Board model={model} />, element);
  void model.open();
  const forget = context.keys("On a card", KEYS);
  return () => {
    forget();
    model.close();
    render(null, element);
  };
}
