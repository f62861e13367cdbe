/** Choosers: `select[data-submits]` sends its form when something was chosen. */

/** The last key that was pressed in a chooser: in many browsers each arrow key chooses already. */
let lastKey = "";

export function watchChoosers(): void {
  let waiting: HTMLSelectElement | null = null;
  const send = (chooser: HTMLSelectElement) => {
    waiting = null;
    chooser.form?.requestSubmit();
  };
  document.addEventListener("pointerdown", () => (lastKey = ""), true);
  document.addEventListener(
    "keydown",
    (event) => {
      lastKey = event.key;
      if (event.key !== "Enter" || !waiting || event.target !== waiting) return;
      event.preventDefault();
      send(waiting);
    },
    true,
  );
  document.addEventListener("change", (event) => {
    const chooser = event.target;
    if (!(chooser instanceof HTMLSelectElement) || !chooser.matches("[data-submits]")) return;
    // Who walks through what there is by keys has not chosen yet: Enter does, or going on.
    if (lastKey && lastKey !== "Enter") waiting = chooser;
    else send(chooser);
  });
  document.addEventListener("focusout", (event) => {
    if (waiting && event.target === waiting) send(waiting);
  });
}
