/** Menus: `details[data-menu]`, which shut when somebody goes on elsewhere, or presses Escape. */
const OPEN = "details[data-menu][open]";

export function watchMenus(): void {
  const shut = (event: Event) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    }
  };
  document.addEventListener("pointerdown", shut);
  document.addEventListener("focusin", shut);
  // Before what else Escape would end around it.
  document.addEventListener("keydown", escape, true);
}

function escape(event: KeyboardEvent): void {
  const menu = event.key === "Escape" && event.target instanceof Element ? event.target.closest<HTMLDetailsElement>(OPEN) : null;
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
  event.preventDefault();
  event.stopPropagation();
}
