"""What holds for every page: structure, accessibility, size, and that nothing moves or sticks out."""

import functools
from collections import Counter

import axe_playwright_python.sync_playwright as axe

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
MOST_SHIFT = 0.01
TRIES = 3
LARGEST = 150 * 1024
_SETTLED = """
() => document.readyState === 'complete'
  && [...document.querySelectorAll('.island')].every((island) => island.hasAttribute('data-mounted'))
"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
_STICKING_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  const right = (one) => Math.round(one.getBoundingClientRect().right);
  const isClipped = (one) => {
    while ((one = one.parentElement) && one !== document.body)
      if (getComputedStyle(one).overflowX !== 'visible') return true;
    return false;
  };
  const ends = (one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return Math.round(range.getBoundingClientRect().right);
  };
  return [...document.body.querySelectorAll('*')]
    .filter((one) => Math.max(right(one), ends(one)) > width && !isClipped(one))
    .filter((one) => ![...one.children].some((child) => Math.max(right(child), ends(child)) > width))
    .sort((one, other) => right(other) - right(one)).slice(0, 6)
    .map((one) => `${one.parentElement.localName}.${one.parentElement.getAttribute('class')} > `
      + `${one.localName}.${one.getAttribute('class')} to ${right(one)}: ${one.textContent.slice(0, 40)}`);
}
"""
_FORBIDDEN = """
() => {
  const ours = (url) => { try { return new URL(url, location.href); } catch { return null; } };
  const alive = '.injected, [onclick], [onerror], [onload], [onfocus], [onmouseover]';
  const found = [...document.querySelectorAll(alive)]
    .map((one) => `an element of somebody else: ${one.outerHTML.slice(0, 200)}`);
  const leading = 'a[href], area[href], form[action], [formaction], [src], [data]';
  for (const one of document.querySelectorAll(leading)) {
    for (const name of ['href', 'action', 'formaction', 'src', 'data']) {
      const url = one.hasAttribute(name) && ours(one.getAttribute(name));
      const isLink = name === 'href' && one.localName === 'a';
      const mayLeave = isLink && ['http:', 'https:', 'mailto:', 'blob:'].includes(url.protocol);
      if (url && url.origin !== location.origin && !mayLeave)
        found.push(`an address of somebody else: ${one.outerHTML.slice(0, 200)}`);
    }
  }
  const loading = 'script:not([type="application/json"]), link, style, base, iframe, object';
  for (const one of document.querySelectorAll(loading))
    if (!(one.src || one.href || '').startsWith(location.origin) && one.localName !== 'style')
      found.push(`not one of ours: ${one.outerHTML.slice(0, 200)}`);
  if (/\b4011\b/.test(document.body.innerText)) found.push('a template of somebody else was drawn');
  return found;
}
"""


def settle(page):
    """Wait until a page has all that it opens with."""
    page.wait_for_function(_SETTLED)
    page.evaluate(TWO_FRAMES)


def require_structure(page):
    """One heading says which page it is, and it has a title."""
    headings = page.locator("h1").all_inner_texts()
    assert len(headings) == 1, headings
    assert headings[0].strip()
    assert page.title().strip()


@functools.cache
def _axe():
    return axe.Axe()


def require_accessible(page):
    """axe-core finds nothing against WCAG 2.2 AA, and none of its best practices neglected."""
    options = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
    found = _axe().run(page, options=options)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"


def require_no_sideways(page):
    """Nothing has to be scrolled sideways but what scrolls in itself."""
    widths = "[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
    wanted, there = page.evaluate(widths)
    assert wanted <= there, f"{page.url} is {wanted} px wide on {there}: {page.evaluate(_STICKING_OUT)}"


def require_still(page):
    """Nothing moved while the page was built. What happens meanwhile moves it, too: it has several tries."""
    shifts = [page.evaluate("window.__shift")]
    while shifts[-1] >= MOST_SHIFT and len(shifts) < TRIES:
        page.reload()
        settle(page)
        shifts.append(page.evaluate("window.__shift"))
    assert shifts[-1] < MOST_SHIFT, f"{page.url} shifted by {shifts}"


def require_inert(page):
    """Nothing on the page came to life, or leads to where only a script leads."""
    found = page.evaluate(_FORBIDDEN)
    assert not found, "\n".join((page.url, *found))


class Meter:
    """What a page asks for, and how many bytes come over the wire, as they come: compressed, heads included.
    An address is a path and what was sent to it.
    """

    def __init__(self, context, page):
        self._asked = {}
        self._times = Counter()
        self._bytes = {}
        session = context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _sent(self, event):
        request = event["request"]
        address = f"{request['method']} {request['url']} {request.get('postData', '')}".strip()
        self._asked[event["requestId"]] = address
        self._times[address] += 1

    def _finished(self, event):
        address = self._asked.get(event["requestId"], "")
        # What is asked for again, since things go on, is not of the first look.
        self._bytes.setdefault(address, event["encodedDataLength"])

    def require_small(self):
        """Fail if a first look takes more than the budget."""
        total = sum(self._bytes.values())
        assert total < LARGEST, f"{total} bytes: {self._bytes}"

    def require_once(self):
        """Fail if something was asked for twice."""
        repeated = {address: times for address, times in self._times.items() if times > 1}
        assert not repeated, repeated
