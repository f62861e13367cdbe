/** Lays graphs out beside the page, so that it never waits. */
import { layOut } from "./layout";

interface Asked {
  number: number;
  count: number;
  edges: [number, number][];
  width: number;
  height: number;
}

const scope = self as unknown as { onmessage: unknown; postMessage(data: unknown, transfer: Transferable[]): void };
scope.onmessage = (event: MessageEvent<Asked>) => {
  const { number, count, edges, width, height } = event.data;
  const layout = layOut(count, edges, width, height);
  scope.postMessage({ number, layout }, [layout.x.buffer, layout.y.buffer]);
};
