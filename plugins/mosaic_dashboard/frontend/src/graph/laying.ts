/** Lays graphs out: in a worker beside the page, or, where there is none, here. Only what was asked last is told. */
import { layOut, type Layout } from "./layout";

export interface Asked {
  count: number;
  edges: [number, number][];
  width: number;
  height: number;
}

export class Laying {
  private worker: Worker | null = null;
  private number = 0;
  private asked: Asked | null = null;

  constructor(address: string, private readonly laidOut: (layout: Layout) => void) {
    try {
      this.worker = new Worker(address, { type: "module" });
    } catch {
      return; // a browser without module workers
    }
    this.worker.onmessage = (event) => this.hear(event.data.number, event.data.layout);
    this.worker.onerror = () => this.goOnHere();
  }

  ask(asked: Asked): void {
    this.asked = asked;
    this.number += 1;
    if (this.worker) this.worker.postMessage({ number: this.number, ...asked });
    else this.hear(this.number, layOut(asked.count, asked.edges, asked.width, asked.height));
  }

  close(): void {
    this.worker?.terminate();
    this.number = -1;
  }

  private hear(number: number, layout: Layout): void {
    if (number !== this.number) return;
    this.asked = null;
    this.laidOut(layout);
  }

  /** The worker could not be loaded, or has failed. */
  private goOnHere(): void {
    this.worker?.terminate();
    this.worker = null;
    if (this.asked) this.ask(this.asked);
  }
}
