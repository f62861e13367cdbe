/** Mounts the page's islands, each with its data; ends those that have left the page. */
import type { Context, Mount, Stop } from "./api";
import type { LiveStream } from "./live";

type Shell = Omit<Context, "data" | "live"> & { live: Pick<LiveStream, "isConnected" | "on"> };

interface Island {
  module: string;
  stop: Stop;
}

const islands = new Map<HTMLElement, Island>();

/** Mount what is not mounted yet, end what is gone. */
export function scanIslands(context: Shell): void {
  for (const [element, island] of islands) {
    if (element.isConnected && element.dataset.module === island.module) continue;
    islands.delete(element);
    end(island);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    if (!islands.has(element)) void mount(element, context);
  }
}

async function mount(element: HTMLElement, context: Shell): Promise<void> {
  const island: Island = { module: element.dataset.module ?? "", stop: () => {} };
  const isThere = () => element.isConnected && islands.get(element) === island;
  islands.set(element, island);
  let loaded: { default: Mount };
  try {
    loaded = await import(new URL(island.module, location.href).href);
  } catch (error) {
    // Nothing answered, perhaps: it is asked for again when the page is drawn anew, and told of once.
    if (!isThere()) return;
    islands.delete(element);
    if (element.dataset.failed === undefined) tellOf(element, error, context);
    return;
  }
  if (!isThere()) return;
  try {
    const data = JSON.parse(element.querySelector<HTMLScriptElement>(":scope > script")?.textContent ?? "null");
    island.stop = loaded.default(element, { ...context, live: liveOf(context), data }) ?? island.stop;
    element.dataset.mounted = "";
    delete element.dataset.failed;
  } catch (error) {
    tellOf(element, error, context); // and it is not tried again: it would fail again
  }
}

/** Its data is as old as the page, and its module came later: it is told if something has happened meanwhile. */
function liveOf({ live }: Shell): Context["live"] {
  const since = Number(document.body.dataset.cursor ?? 0);
  return { isConnected: () => live.isConnected(), on: (kinds, told, begun) => live.on(kinds, told, begun, since) };
}

function tellOf(element: HTMLElement, error: unknown, context: Pick<Context, "toast">): void {
  element.dataset.failed = "";
  context.toast(`${element.dataset.island} could not be shown: ${error instanceof Error ? error.message : error}`, "bad");
}

/** What one island does wrong at its end keeps no other from its own. */
function end(island: Island): void {
  try {
    island.stop();
  } catch (error) {
    reportError(error);
  }
}
