/** On a phone one column is seen at a time: these are the others, and where a card that is held can go. */
import { useEffect, useRef, useState } from "preact/hooks";
import { classOf } from "./column";
import { COLUMNS, DONE, ENDED, NEEDS, READY, VERIFYING, WORKING } from "./columns";
import type { Model } from "./model";
import { Sign } from "./sign";

export function Chooser({ root, model, totals }: { root: { current: HTMLElement | null }; model: Model; totals: readonly number[] }) {
  const [current, setCurrent] = useState(0);
  const chooser = useRef<HTMLElement>(null);
  useEffect(() => {
    const scroller = root.current?.querySelector<HTMLElement>(".board-columns, .board-lanes");
    if (!scroller) return;
    const read = () => {
      const columns = [...scroller.querySelectorAll<HTMLElement>(".board-column")];
      const near = columns.map((one) => Math.abs(one.offsetLeft - (columns[0]?.offsetLeft ?? 0) - scroller.scrollLeft));
      setCurrent(near.indexOf(Math.min(...near)));
    };
    scroller.addEventListener("scroll", read, { passive: true });
    read();
    return () => scroller.removeEventListener("scroll", read);
  }, [model.view.lanes]);
  const show = (index: number, behavior: ScrollBehavior) => {
    const column = root.current?.querySelectorAll<HTMLElement>(".board-columns > .board-column, .board-lane-heads > .board-column")[index];
    column?.scrollIntoView({ behavior, block: "nearest", inline: "start" });
  };
  const isComplete = model.store.isComplete;
  useEffect(() => {
    // What is worth a look first: what needs somebody, what goes on, what could, and else how it ended.
    if (isComplete) show([NEEDS, WORKING, VERIFYING, READY, ENDED, DONE].find((column) => totals[column]) ?? 0, "instant");
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
          onClick={() => show(index, "smooth")}
        >
          <Sign name={`state-${column.sign}`} />
          {column.title}
          <span class="board-head-count">{totals[index]!.toLocaleString("en")}</span>
        </button>
      ))}
    </nav>
  );
}
