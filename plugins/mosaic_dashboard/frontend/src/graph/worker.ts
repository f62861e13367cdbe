/** Lays graphs out beside the page, so that it never waits. */
import type { Asked } from "./laying";
import { layOut } from "./layout";

const scope = self as unknown as { onmessage: unknown; postMessage(data: unknown, transfer: Transferable[]): void };
scope.onmessage = (event: MessageEvent<Asked & { number: number }>) => {
  const { number, count, edges, width, height } = event.data;
  const layout = layOut(count, edges, width, height);
  scope.postMessage({ number, layout }, [layout.x.buffer, layout.y.buffer]);
};
