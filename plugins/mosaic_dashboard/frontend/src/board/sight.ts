/** What of a scrolled element is in sight: told in steps, so that scrolling draws only when other cards come. */
import { useLayoutEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

interface Sight {
  top: number;
  left: number;
  width: number;
  height: number;
}

export function useSight(ref: RefObject<HTMLElement | null>, step: number): Sight {
  const [sight, setSight] = useState<Sight>({ top: 0, left: 0, width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const read = () => {
      const top = Math.floor(element.scrollTop / step) * step;
      const left = Math.round(element.scrollLeft);
      const [width, height] = [element.clientWidth, element.clientHeight];
      setSight((old) => (old.top === top && old.width === width && old.height === height ? old : { top, left, width, height }));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [step]);
  return sight;
}
