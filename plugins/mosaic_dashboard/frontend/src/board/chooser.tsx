/** On a phone one column is seen at a time: these are the others, and where a card that is held can go. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Sign } from "../shell/signs";
import { classOf } from "./column";
import { COLUMNS, DONE, ENDED, NEEDS, READY, VERIFYING, WORKING } from "./columns";
import type { Model } from "./model";

/** Whether somebody asks for less motion. */
const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function Chooser({ root, model, totals }: { root: { current: HTMLElement | null }; model: Model; totals: readonly number[] }) {
  const [current, setCurrent] = useState(0);
  const chooser = useRef<HTMLElement>(null);
  const scrollerOf = () => root.current?.querySelector<HTMLElement>(".board-columns, .board-lanes");
  const placesIn = (scroller: HTMLElement) => {
    const columns = [...scroller.querySelectorAll<HTMLElement>(".board-column")];
    return columns.map((one) => one.offsetLeft - columns[0]!.offsetLeft);
  };
  useLayoutEffect(() => {
    const scroller = scrollerOf();
    if (!scroller) return;
    const read = () => {
      const near = placesIn(scroller).map((left) => Math.abs(left - scroller.scrollLeft));
      setCurrent(near.indexOf(Math.min(...near)));
    };
    scroller.addEventListener("scroll", read, { passive: true });
    read();
    return () => scroller.removeEventListener("scroll", read);
  }, [model.view.lanes]);
  const show = (index: number, behavior: ScrollBehavior) => {
    // Across alone: in a low window, the page would go down, too.
    const scroller = scrollerOf();
    scroller?.scrollTo({ left: placesIn(scroller)[index], behavior });
  };
  const isComplete = model.store.isComplete;
  useLayoutEffect(() => {
    // What is worth a look first: what needs somebody, what goes on, what could, and else how it ended. It comes with
    // the cards, not after them under a finger; and who has gone elsewhere meanwhile stays there.
    if (isComplete && !scrollerOf()?.scrollLeft) show([NEEDS, WORKING, VERIFYING, READY, ENDED, DONE].find((column) => totals[column]) ?? 0, "instant");
  }, [isComplete]);
  useEffect(() => {
    const button = chooser.current?.children[current] as HTMLElement | undefined;
    if (button && chooser.current) chooser.current.scrollLeft = button.offsetLeft - chooser.current.clientWidth / 3;
  }, [current]);
  return (
    <nav class="board-chooser" aria-label="Columns" ref={chooser}>
      {COLUMNS.map((column, index) => (
        <button
          key={column.name}
          type="button"
          class={classOf(model, index)}
          data-column={index}
          aria-current={index === current ? "true" : undefined}
          onClick={() => show(index, isStill() ? "instant" : "smooth")}
        >
          <Sign name={`state-${column.sign}`} />
          {column.title}
          <span class="board-head-count">{totals[index]!.toLocaleString("en")}</span>
        </button>
      ))}
    </nav>
  );
}
