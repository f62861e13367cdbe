/** What stands around the parts of an open page, as plugins come, go and change: panels, style sheets, the theme. */
import { COLOURS_CHANGED } from "./colours";

interface Around {
  panels: string[];
  styles: string[];
  theme: string;
}

let known = "";
/** What is meant to stand now: what was asked for before may come later. */
let wantedStyles: string[] = [];
let wantedTheme = "";

/** Make room for panels that have come, take away those that have gone; return the parts that are to be drawn. */
export function drawAround(): string[] {
  const told = document.querySelector<HTMLElement>("[data-part=shell]")?.dataset.around ?? "";
  if (!told || told === known) return [];
  known = told;
  const around = JSON.parse(told) as Around;
  drawStyles(around.styles);
  drawTheme(around.theme);
  return drawPanels(around.panels);
}

/** The old ones go when the new ones are there, so that nothing stands without its style meanwhile. */
function drawStyles(addresses: string[]): void {
  wantedStyles = addresses;
  const standing = [...document.head.querySelectorAll<HTMLLinkElement>("link[data-style]")];
  const isThere = (address: string) => standing.some((link) => link.getAttribute("href") === address);
  const gone = standing.filter((link) => !addresses.includes(link.getAttribute("href") ?? ""));
  const come = addresses.filter((address) => !isThere(address)).map(sheet);
  for (const link of come) link.dataset.style = "";
  document.head.append(...come);
  void Promise.all(come.map(isLoaded)).then(() => {
    for (const link of gone) if (!wantedStyles.includes(link.getAttribute("href") ?? "")) link.remove();
  });
}

function isLoaded(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve) => {
    link.onload = link.onerror = () => resolve();
  });
}

function sheet(address: string): HTMLLinkElement {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  return link;
}

function drawTheme(address: string): void {
  const standing = [...document.head.querySelectorAll<HTMLLinkElement>("link[data-theme]")];
  const old = standing[0];
  const isOf = (link: HTMLLinkElement) => link.getAttribute("href") === address;
  wantedTheme = address;
  if (old ? isOf(old) : !address) {
    for (const link of standing.slice(1)) link.remove(); // on its way, and not wanted any more
    return;
  }
  if (standing.some(isOf)) return;
  const changed = () => {
    if (wantedTheme !== address) return;
    for (const link of document.head.querySelectorAll<HTMLLinkElement>("link[data-theme]")) if (!isOf(link)) link.remove();
    window.dispatchEvent(new CustomEvent(COLOURS_CHANGED));
  };
  if (!address) return changed();
  const link = sheet(address);
  link.dataset.theme = "";
  // The old one goes when the new one is there, so that no page flashes; both stand before what a plugin adds.
  void isLoaded(link).then(changed);
  if (old) old.after(link);
  else document.head.querySelector("link[rel=stylesheet]")?.after(link);
}

function drawPanels(names: string[]): string[] {
  const place = document.querySelector<HTMLElement>(".body > .panels");
  if (!place) return [];
  const standing = new Map([...place.children].map((one) => [(one as HTMLElement).dataset.part ?? "", one]));
  const wanted = names.map((name) => `panel:${name}`);
  for (const [part, element] of standing) if (!wanted.includes(part)) element.remove();
  const come = wanted.filter((part) => !standing.has(part));
  for (const part of come) {
    const element = document.createElement("section");
    element.id = part.replace(":", "-");
    element.className = "panel";
    element.dataset.part = part;
    const next = wanted.slice(wanted.indexOf(part) + 1).map((one) => standing.get(one)).find((one) => one?.isConnected);
    place.insertBefore(element, next ?? null);
  }
  place.hidden = !place.childElementCount;
  return come;
}
