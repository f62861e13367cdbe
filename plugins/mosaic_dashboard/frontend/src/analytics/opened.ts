/** Keeps open what somebody has opened, when the page is drawn anew. */
import type { Stop } from "../shell/api";

export function keepOpened(page: HTMLElement): Stop {
  const opened = new Set<string>();

  function clicked(event: Event): void {
    const summary = event.target instanceof Element ? event.target.closest("summary") : null;
    const details = summary?.parentElement;
    if (!(details instanceof HTMLDetailsElement) || !details.id) return;
    if (details.open) opened.delete(details.id);
    else opened.add(details.id);
  }

  const watching = new MutationObserver(() => {
    for (const id of opened) {
      const details = document.getElementById(id);
      if (details instanceof HTMLDetailsElement && !details.open) details.open = true;
    }
  });
  watching.observe(page, { childList: true, subtree: true, attributes: true, attributeFilter: ["open"] });
  page.addEventListener("click", clicked, true);
  return () => {
    watching.disconnect();
    page.removeEventListener("click", clicked, true);
  };
}
