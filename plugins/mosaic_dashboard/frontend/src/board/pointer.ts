/** Dragging cards: with a mouse or pen at once, with a finger after a long press, so that a swipe still scrolls. */
import { drop, refusalsOf } from "./carrying";
import { cellOf, extend, toggle } from "./choosing";
import type { Card } from "./deck";
import type { Model } from "./model";
import { nameOf } from "./keyboard";
import { indexOf } from "./order";

const FAR = 6;
const LONG_PRESS = 350;
/** How near an edge scrolls, and how fast: a column's, and that of the small row of their names on a phone, which
 *  must not run away from under a finger. */
const EDGE = 48;
const NARROW_EDGE = 24;
const FASTEST = 18;

interface Press {
  pointer: number;
  card: Card;
  x: number;
  y: number;
  isTouch: boolean;
  timer: number;
}

export class Dragging {
  private press: Press | null = null;
  private ghost: HTMLElement | null = null;
  private frame = 0;
  private at = { x: 0, y: 0 };
  /** A click that ends a drag opens nothing. */
  private justDragged = false;
  private lane = "";

  constructor(private readonly root: HTMLElement, private readonly model: Model) {
    root.addEventListener("pointerdown", this.down);
    root.addEventListener("click", this.click, true);
    root.addEventListener("contextmenu", this.menu);
    // Passive ones could not keep the page from scrolling under a finger that holds a card.
    root.addEventListener("touchmove", this.touch, { passive: false });
  }

  close(): void {
    this.end();
    this.root.removeEventListener("pointerdown", this.down);
    this.root.removeEventListener("click", this.click, true);
    this.root.removeEventListener("contextmenu", this.menu);
    this.root.removeEventListener("touchmove", this.touch);
  }

  private down = (event: PointerEvent): void => {
    // The focus goes to what is pressed: where it was is where a selection begins.
    if (event.shiftKey) this.model.anchor ||= this.model.focus;
    if (event.button !== 0 || this.press || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const card = this.cardAt(event.target);
    if (!card) return;
    this.justDragged = false;
    const isTouch = event.pointerType === "touch";
    this.press = { pointer: event.pointerId, card, x: event.clientX, y: event.clientY, isTouch, timer: 0 };
    this.at = { x: event.clientX, y: event.clientY };
    if (isTouch) this.press.timer = window.setTimeout(() => this.begin(), LONG_PRESS);
    window.addEventListener("pointermove", this.move);
    window.addEventListener("pointerup", this.up);
    window.addEventListener("pointercancel", this.cancel);
    window.addEventListener("keydown", this.key, true);
  };

  private move = (event: PointerEvent): void => {
    const { press } = this;
    if (!press || event.pointerId !== press.pointer) return;
    this.at = { x: event.clientX, y: event.clientY };
    if (this.ghost) return;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) < FAR) return;
    if (press.isTouch) this.end();
    else this.begin();
  };

  private up = (event: PointerEvent): void => {
    if (event.pointerId !== this.press?.pointer) return;
    const wasDragged = this.ghost !== null;
    // It is dropped where the hand is, not where it was a frame ago.
    if (wasDragged) this.over(document.elementFromPoint(event.clientX, event.clientY), event.clientX, event.clientY);
    const { lift } = this.model;
    this.end();
    if (!wasDragged || !lift || lift.over < 0) return;
    const lane = this.lane || lift.cards[0]!.lane;
    void drop(this.model, lift, lane);
  };

  private cancel = (): void => this.end();

  private key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.model.say("Put back.");
    this.end();
  };

  private touch = (event: TouchEvent): void => {
    if (this.ghost && event.cancelable) event.preventDefault();
  };

  private menu = (event: Event): void => {
    if (this.press?.isTouch) event.preventDefault();
  };

  private click = (event: MouseEvent): void => {
    const card = this.cardAt(event.target);
    if (!card) return;
    if (this.justDragged) {
      event.preventDefault();
      event.stopPropagation();
      this.justDragged = false;
    } else if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.preventDefault();
      if (event.shiftKey) extend(this.model, card);
      else toggle(this.model, card);
    }
  };

  private cardAt(target: EventTarget | null): Card | undefined {
    const element = target instanceof Element ? target.closest<HTMLElement>("[data-card]") : null;
    return element ? this.model.deck.cards.get(element.dataset.card ?? "") : undefined;
  }

  private begin(): void {
    const { press, model } = this;
    if (!press) return;
    const card = model.deck.cards.get(press.card.key);
    if (!card) return this.end();
    const cards = model.meant(card);
    this.makeGhost(card, cards.length);
    this.justDragged = true;
    if (press.isTouch) navigator.vibrate?.(12);
    window.getSelection()?.removeAllRanges();
    const index = indexOf(cellOf(model, card), card);
    model.lift = { cards, refusals: refusalsOf(cards, model.view.level < 0), over: card.column, index, isByKeys: false };
    model.tell();
    this.frame = requestAnimationFrame(this.step);
  }

  private makeGhost(card: Card, count: number): void {
    const source = this.root.querySelector<HTMLElement>(`[data-card="${CSS.escape(card.key)}"]`);
    const ghost = document.createElement("div");
    ghost.className = `board-ghost${count > 1 ? " is-stack" : ""}`;
    const copy = source?.cloneNode(true) as HTMLElement | undefined;
    if (source && copy) {
      copy.removeAttribute("data-card");
      copy.removeAttribute("href");
      ghost.append(copy);
      ghost.style.width = `${source.offsetWidth}px`;
      ghost.style.height = `${source.offsetHeight}px`;
    } else ghost.textContent = nameOf(card);
    if (count > 1) {
      const badge = document.createElement("span");
      badge.className = "board-ghost-count";
      badge.textContent = String(count);
      ghost.append(badge);
    }
    ghost.setAttribute("aria-hidden", "true");
    document.body.append(ghost);
    document.documentElement.classList.add("board-dragging");
    this.ghost = ghost;
  }

  /** Once a frame while something is held: the ghost follows, what is below takes or refuses, edges scroll. */
  private step = (): void => {
    if (!this.ghost || !this.model.lift) return;
    const { x, y } = this.at;
    this.ghost.style.transform = `translate(${x - 24}px, ${y - 20}px) rotate(1.5deg)`;
    const below = document.elementFromPoint(x, y);
    this.over(below, x, y);
    this.scroll(below, x, y);
    this.frame = requestAnimationFrame(this.step);
  };

  private over(below: Element | null, x: number, y: number): void {
    const { lift } = this.model;
    if (!lift) return;
    const place = below?.closest<HTMLElement>("[data-column]");
    const column = place && this.root.contains(place) ? Number(place.dataset.column) : -1;
    let index = lift.index;
    const own = lift.cards[0]!;
    const list = place?.querySelector<HTMLElement>("[data-cell]");
    this.lane = own.lane;
    if (list && column === own.column && list.dataset.lane === own.lane) index = indexIn(list, x, y);
    if (column === lift.over && index === lift.index) return;
    this.model.lift = { ...lift, over: column, index };
    this.model.tell();
  }

  private scroll(below: Element | null, x: number, y: number): void {
    const column = below?.closest<HTMLElement>(".board-scroll, .board-lanes");
    if (column) {
      const box = column.getBoundingClientRect();
      column.scrollTop += pull(y, box.top, box.bottom);
    }
    const across = below?.closest<HTMLElement>(".board-columns, .board-lanes, .board-chooser");
    if (!across) return;
    const box = across.getBoundingClientRect();
    const edge = across.matches(".board-chooser") ? NARROW_EDGE : EDGE;
    across.scrollLeft += pull(x, Math.max(0, box.left), Math.min(window.innerWidth, box.right), edge);
  }

  private end(): void {
    window.clearTimeout(this.press?.timer);
    cancelAnimationFrame(this.frame);
    window.removeEventListener("pointermove", this.move);
    window.removeEventListener("pointerup", this.up);
    window.removeEventListener("pointercancel", this.cancel);
    window.removeEventListener("keydown", this.key, true);
    this.press = null;
    this.ghost?.remove();
    this.ghost = null;
    document.documentElement.classList.remove("board-dragging");
    if (!this.model.lift || this.model.lift.isByKeys) return;
    this.model.lift = null;
    this.model.tell();
  }
}

function pull(at: number, low: number, high: number, edge = EDGE): number {
  if (at < low + edge) return -FASTEST * Math.min(1, (low + edge - at) / edge);
  return at > high - edge ? FASTEST * Math.min(1, (at - high + edge) / edge) : 0;
}

/** Before which card of a list a point is. */
function indexIn(list: HTMLElement, x: number, y: number): number {
  let end = 0;
  for (const slot of list.querySelectorAll<HTMLElement>(".board-slot")) {
    const box = slot.getBoundingClientRect();
    const index = Number(slot.getAttribute("aria-posinset")) - 1;
    const isWide = box.width < list.clientWidth * 0.6;
    const isBefore = isWide ? y < box.bottom && x < box.left + box.width / 2 && y > box.top : y < box.top + box.height / 2;
    if (isBefore) return index;
    end = Math.max(end, index + 1);
  }
  return end;
}
