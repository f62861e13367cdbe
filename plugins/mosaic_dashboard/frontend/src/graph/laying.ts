/** The worker that lays graphs out. */
import type { Layout } from "./layout";

export function makeWorker(address: string, laidOut: (number: number, layout: Layout) => void): Worker | null {
  try {
    const worker = new Worker(address, { type: "module" });
    worker.onmessage = (event) => laidOut(event.data.number, event.data.layout);
    return worker;
  } catch {
    return null; // a browser without module workers lays out by itself
  }
}
