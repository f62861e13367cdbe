/** The shell: connects the page to the live stream, and mounts what stands in it. */
import "../styles/app.css";
import "htmx.org";
import type { Context } from "./api";
import { drawAround } from "./around";
import { call } from "./calls";
import { watchChoosers } from "./choosers";
import { watchForms } from "./forms";
import { scanIslands } from "./islands";
import { KeyHelp, tellKeys } from "./keyhelp";
import { listenToKeys, markShared } from "./keys";
import { LiveStream } from "./live";
import { watchMenus } from "./menus";
import { drawMode, nextMode } from "./modes";
import { Palette } from "./palette";
import { notifyOfWaiting } from "./notifying";
import { followParts, REMOVED, touchParts } from "./parts";
import { drawTimes, keepTimes } from "./times";
import { toast } from "./toasts";
import { isWriting } from "./typing";

const live = new LiveStream(Number(document.body.dataset.cursor ?? 0), toast);

const context: Omit<Context, "data" | "live"> & { live: LiveStream } = {
  /** The parameters of the query as it is now, and of the path; the path's go first. */
  get params(): Record<string, string> {
    return { ...Object.fromEntries(new URLSearchParams(location.search)), ...JSON.parse(document.body.dataset.params ?? "{}") };
  },
  call,
  follow: (operation, input, told, options = {}) => live.socket.subscribe(operation, input, told, options),
  live,
  keys: tellKeys,
  toast,
  go: (address) => {
    const url = new URL(address, location.href);
    if (url.origin === location.origin) location.href = url.href;
  },
};

function scan(): void {
  drawTimes();
  drawMode();
  const come = drawAround();
  scanIslands(context);
  followParts(live);
  touchParts(come);
  drawFrame();
  markShared();
  if (isOfOtherBuild()) location.reload();
}

/** Whether the server's scripts are others by now; who writes something is left alone. */
function isOfOtherBuild(): boolean {
  const build = document.querySelector<HTMLElement>("[data-part=shell]")?.dataset.build;
  if (build === undefined || build === document.body.dataset.build) return false;
  return !isWriting(document.activeElement) && !document.querySelector("dialog[open]");
}

let palette: Palette | null = null;
const openPalette = () => (palette ??= new Palette(context, showKeys)).open();
let help: KeyHelp | null = null;
const showKeys = () => (help ??= new KeyHelp()).toggle();

function drawFrame(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-open-palette], [data-show-keys]")) button.hidden = false;
  drawConnection(live.isConnected());
}

/** Bring into sight where one is, in a navigation that has no room for all pages. */
function drawHere(): void {
  const here = document.querySelector<HTMLElement>(".navigation [aria-current]");
  const place = here?.closest<HTMLElement>(".navigation");
  if (here && place && place.scrollWidth > place.clientWidth) place.scrollLeft = here.offsetLeft - place.clientWidth / 2;
}

const LOST = "Not connected: Mosaic does not answer, and what is seen here may be old. It goes on by itself when it answers again.";
let offline = 0;
function drawConnection(connected: boolean): void {
  window.clearTimeout(offline);
  const show = () => {
    for (const element of document.querySelectorAll<HTMLElement>("[data-connection]")) {
      element.hidden = false;
      element.classList.toggle("is-lost", !connected);
      const word = element.querySelector("[data-connection-word]");
      const words = connected ? "live" : "not connected";
      // Said aloud once a change, not once a drawing.
      if (word && word.textContent !== words) word.textContent = words;
    }
    const lost = document.querySelector<HTMLElement>("[data-lost]");
    if (lost && (lost.textContent === "") !== connected) lost.textContent = connected ? "" : LOST;
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
  if (target?.closest("[data-show-keys]")) showKeys();
  if (target?.closest("[data-choose-mode]")) nextMode();
});
document.addEventListener("mosaic:signed-out", () => {
  if (!isSignedOut) toast("This browser is not signed in any more. `mosaic open` signs it in again.", "bad");
  isSignedOut = true;
});
watchForms(() => touchParts());
watchChoosers();
watchMenus();
for (const kind of ["htmx:after:swap", REMOVED]) document.addEventListener(kind, scan);

scan();
drawHere();
keepTimes();
listenToKeys(context, openPalette, showKeys);
notifyOfWaiting(context);
