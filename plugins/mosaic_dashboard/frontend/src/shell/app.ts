/** The shell: connects the page to the live stream, and mounts what stands in it. */
import "../styles/app.css";
import htmx from "htmx.org";
import type { Context } from "./api";
import { drawAround } from "./around";
import { call } from "./calls";
import { watchForms } from "./forms";
import { scanIslands } from "./islands";
import { listenToKeys } from "./keys";
import { LiveStream } from "./live";
import { drawMode, nextMode } from "./modes";
import { Palette } from "./palette";
import { notifyOfWaiting } from "./notifying";
import { followParts, touchParts } from "./parts";
import { drawTimes, keepTimes } from "./times";
import { toast } from "./toasts";

const live = new LiveStream(Number(document.body.dataset.cursor ?? 0), toast);

/** The parameters of the query, and of the paths of a run's and a task's page. */
function pageParams(): Record<string, string> {
  const found = Object.fromEntries(new URLSearchParams(location.search));
  const path = location.pathname.match(/^\/runs\/([^/]+)(?:\/tasks\/([^/]+))?/);
  if (path?.[1]) found.run_id = decodeURIComponent(path[1]);
  if (path?.[2]) found.task_id = decodeURIComponent(path[2]);
  return found;
}

const context: Omit<Context, "data"> = {
  params: pageParams(),
  call,
  follow: (operation, input, told, options = {}) => live.socket.subscribe(operation, input, told, options),
  live,
  toast,
  go: (address) => {
    const url = new URL(address, location.href);
    if (url.origin === location.origin) location.href = url.href;
  },
};

function scan(): void {
  drawTimes();
  drawMode();
  scanIslands(context);
  const come = drawAround();
  followParts(live);
  touchParts(come);
  drawFrame();
  if (isOfOtherBuild()) location.reload();
}

/** Whether the server's scripts are others by now; who writes something is left alone. */
function isOfOtherBuild(): boolean {
  const build = document.querySelector<HTMLElement>("[data-part=shell]")?.dataset.build;
  const isWriting = document.activeElement?.matches("input, textarea, select, [contenteditable=true]");
  return build !== undefined && build !== document.body.dataset.build && !isWriting && !document.querySelector("dialog[open]");
}

let palette: Palette | null = null;
const openPalette = () => (palette ??= new Palette(context)).open();

function drawFrame(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-open-palette]")) button.hidden = false;
  drawConnection(live.isConnected());
}

let offline = 0;
function drawConnection(connected: boolean): void {
  window.clearTimeout(offline);
  const show = () => {
    for (const element of document.querySelectorAll<HTMLElement>("[data-connection]")) {
      element.hidden = false;
      element.classList.toggle("is-lost", !connected);
      const word = element.querySelector("[data-connection-word]");
      if (word) word.textContent = connected ? "live" : "connecting …";
    }
  };
  // A reload of the server takes a moment; it is not worth a word.
  if (connected) show();
  else offline = window.setTimeout(show, 1500);
}

let isSignedOut = false;
live.onConnection((connected) => {
  if (connected) isSignedOut = false;
  drawConnection(connected);
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-open-palette]")) openPalette();
  if (target?.closest("[data-choose-mode]")) nextMode();
});
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement && event.target.matches("[data-submits]")) event.target.form?.requestSubmit();
});
document.addEventListener("mosaic:signed-out", () => {
  if (!isSignedOut) toast("This browser is not signed in any more. `mosaic open` signs it in again.", "bad");
  isSignedOut = true;
});
watchForms(() => touchParts());
document.addEventListener("htmx:after:swap", scan);

void htmx;
scan();
keepTimes();
listenToKeys(context, openPalette);
notifyOfWaiting(context);
