/** A draft of a plan as it is now: changed by one request after the other, read anew when somebody else has changed it,
 *  and never taken for an older one. */
import { Refused, type Context, type Stop } from "./api";

interface Versioned {
  id: string;
  version: number;
}

const QUIET_MS = 600;

export class DraftKeeper<Draft extends Versioned> {
  private waiting: Promise<void> = Promise.resolve();
  private readonly stop: Stop;
  private quiet = 0;

  /** `told` gets each newer draft, whoever has changed it. */
  constructor(
    private readonly context: Pick<Context, "call" | "live" | "go">,
    private draft: Draft,
    private readonly told: (draft: Draft) => void,
  ) {
    const heard = () => this.heard();
    // It may have been changed since it was read.
    this.stop = context.live.on(["drafts.changed"], heard, heard);
  }

  /** Carry out `draft.edit`, `draft.undo` or `draft.redo`, once what was asked before is done; rejects with `Refused`. */
  change(operation: string, more: object = {}): Promise<void> {
    const done = this.waiting.then(async () => {
      const { id, version } = this.draft;
      try {
        this.take(await this.context.call<Draft>(operation, { id, version, ...more }));
      } catch (error) {
        throw await this.lookedAt(error);
      }
    });
    this.waiting = done.catch(() => {});
    return done;
  }

  end(): void {
    window.clearTimeout(this.quiet);
    this.stop();
  }

  /** Return what to say of an error: where somebody was quicker, after the draft was read anew. */
  private async lookedAt(error: unknown): Promise<unknown> {
    if (!(error instanceof Refused) || error.problem.code !== "version-conflict") return error;
    await this.refresh();
    const what = "Somebody else has changed this draft";
    return new Refused({ code: error.problem.code, what, hint: "Look at it as it is now, and do it again." });
  }

  /** A draft was changed: perhaps this one, perhaps by us. */
  private heard(): void {
    window.clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => void this.waiting.then(() => this.refresh()), QUIET_MS);
  }

  private async refresh(): Promise<void> {
    try {
      this.take(await this.context.call<Draft>("draft.show", { id: this.draft.id }));
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "no-draft") this.context.go("/drafts");
    }
  }

  private take(draft: Draft): void {
    if (draft.version <= this.draft.version) return;
    this.draft = draft;
    this.told(draft);
  }
}
