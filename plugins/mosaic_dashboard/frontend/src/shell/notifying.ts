/** Tells whoever looks elsewhere what newly waits for a person: from every page, if they have allowed it. */
import type { Context } from "./api";

interface Item {
  id: string;
  title: string;
  run_title?: string;
}

const KEPT = "mosaic-notify";
const GAP = 1000;
const MOST = 3;

/** "denied" where the browser has no notifications, or does not allow them. */
export function permission(): NotificationPermission {
  return "Notification" in window ? Notification.permission : "denied";
}

/** Whether notifications are allowed, and wanted. */
export function isNotifying(): boolean {
  return permission() === "granted" && localStorage.getItem(KEPT) !== "off";
}

/** Ask for notifications, or turn them off and on again. */
export async function toggleNotifying(): Promise<void> {
  if (permission() === "granted") localStorage.setItem(KEPT, isNotifying() ? "off" : "on");
  else await Notification.requestPermission();
  window.dispatchEvent(new CustomEvent("mosaic:notifying"));
}

/** Watch what waits, for as long as the page is there; costs nothing without notifications. */
export function notifyOfWaiting(context: Pick<Context, "call" | "live" | "go">): void {
  let known: Set<string> | null = null;
  let timer = 0;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    if (!isNotifying()) {
      known = null;
      return;
    }
    const found = await context.call<{ items: Item[] }>("inbox.list", { limit: 1000 }).catch(() => null);
    if (!found) return;
    const before = known;
    known = new Set(found.items.map((item) => item.id));
    if (!before || !document.hidden) return;
    for (const item of found.items.filter((one) => !before.has(one.id)).slice(0, MOST)) tell(item);
  }

  function tell(item: Item): void {
    // Several pages that are open tell the same once: the tag is the item's.
    const note = new Notification(item.run_title ? `${item.run_title} waits for you` : "Mosaic waits for you", {
      body: item.title,
      tag: item.id,
    });
    note.onclick = () => {
      window.focus();
      context.go(`/inbox?id=${encodeURIComponent(item.id)}`);
    };
  }

  // A run says a lot: what waits is looked at once a second at most, and only while nobody sees it on the page.
  const soon = () => {
    if (!document.hidden || !isNotifying()) return;
    timer ||= window.setTimeout(() => {
      timer = 0; // what comes while it looks may be newer than what it sees
      lookNext();
    }, GAP);
  };
  // One after the other: an older answer is never taken for a newer one.
  const lookNext = () => (looking = looking.then(look));
  const turned = () => {
    known = null;
    if (document.hidden) lookNext();
  };
  context.live.on(["inbox.", "task.", "run."], soon);
  document.addEventListener("visibilitychange", turned);
  window.addEventListener("mosaic:notifying", turned);
  turned();
}
