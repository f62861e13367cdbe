/** Forms that a script sends: each once at a time, empty again when it was carried out, and never refused in silence. */
import { problemWords, type Problem } from "./api";
import { Slips } from "./slips";
import { toast } from "./toasts";

interface Request {
  ctx: { sourceElement?: Element; response?: { status: number }; hx?: Record<string, string> };
}

const sending = new WeakSet<Element>();
const slips = new Slips();
/** What each form was sent with: while the answer is on its way, somebody may have gone on writing. */
const sent = new WeakMap<HTMLFormElement, string>();
/** The items of what is being sent: once it is answered, its form may be gone. */
const items = new WeakMap<Element, string>();

/** Watch all forms; `done` is called after each that was answered. */
export function watchForms(done: () => void): void {
  // Two clicks are one decision: the second would else be carried out after the first.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || form.dataset.hxPost === undefined) return;
      const item = form.closest("[data-item]")?.id ?? "";
      if (sending.has(form) || slips.isSlip(item, performance.now())) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else {
        sending.add(form);
        sent.set(form, valuesOf(form));
        items.set(form, item);
        slips.note(item, performance.now());
        form.setAttribute("aria-busy", "true");
      }
    },
    true,
  );
  document.addEventListener("htmx:finally:request", (event) => {
    const form = (event as CustomEvent<Request>).detail.ctx.sourceElement;
    if (!form) return;
    sending.delete(form);
    slips.note(items.get(form) ?? "", performance.now());
    form.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:response:error", (event) => {
    const status = (event as CustomEvent<Request>).detail.ctx.response?.status;
    if (status === 401) document.dispatchEvent(new CustomEvent("mosaic:signed-out"));
    else toast(status === 403 ? "This page is an old one: load it again." : `That was refused (${status}).`, "bad");
  });
  document.addEventListener("htmx:error", () => toast("Mosaic does not answer. Does `mosaic run` still serve?", "bad"));
  document.body.addEventListener("mosaic:said", (event) => {
    const said = (event as CustomEvent<{ text: string; problem: Problem | null }>).detail;
    const { problem } = said;
    if (problem) toast(problemWords(problem), "bad");
    else toast(said.text, "good");
    // What was sent is not sent again; a field that keeps its value gets it from the page that is drawn now.
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    if (!problem && form && sent.get(form) === valuesOf(form)) form.reset();
    done();
  });
}

function valuesOf(form: HTMLFormElement): string {
  return JSON.stringify([...new FormData(form)]);
}
