/** Mounts the page's islands, each with its data; ends those that have left the page. */
import type { Context, Mount, Stop } from "./api";

const mounted = new Map<HTMLElement, { module: string; stop: Stop }>();

/** Mount what is not mounted yet, end what is gone. */
export function scanIslands(context: Omit<Context, "data">): void {
  for (const [element, island] of mounted) {
    if (!element.isConnected || element.dataset.module !== island.module) {
      mounted.delete(element);
      island.stop();
    }
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    if (!mounted.has(element)) void mount(element, context);
  }
}

async function mount(element: HTMLElement, context: Omit<Context, "data">): Promise<void> {
  const module = element.dataset.module ?? "";
  const island = { module, stop: () => {} };
  mounted.set(element, island);
  const data = JSON.parse(element.querySelector<HTMLScriptElement>(":scope > script")?.textContent ?? "null");
  try {
    const loaded = (await import(new URL(module, location.href).href)) as { default: Mount };
    if (!element.isConnected || mounted.get(element) !== island) return;
    island.stop = loaded.default(element, { ...context, data }) ?? island.stop;
    element.dataset.mounted = "";
  } catch (error) {
    mounted.delete(element);
    element.dataset.failed = "";
    context.toast(`${element.dataset.island} could not be shown: ${error instanceof Error ? error.message : error}`, "bad");
  }
}
