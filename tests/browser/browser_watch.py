"""Sees to it that no page does what none may do, whatever a test is about."""

from urllib.parse import urlsplit

_IN_THE_PAGE = """
(() => {
  document.addEventListener('securitypolicyviolation',
    (event) => mosaicTestReport(`against the policy: ${event.violatedDirective} ${event.blockedURI}`));
  let pwned;
  Object.defineProperty(window, 'pwned', {
    configurable: false, get: () => pwned,
    set: (value) => { pwned = value; mosaicTestReport(`a script of somebody else ran: ${value}`); },
  });
  for (const name of ['alert', 'prompt', 'print', 'open']) {
    window[name] = () => { mosaicTestReport(`window.${name} was called`); };
  }
  window.__shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
})();
"""


class Watch:
    """What the pages of a context did that they should not do: `found`, as sentences.

    It is told by the browser of every message on the console, error, request and answer, and by the page itself
    of what the Content-Security-Policy refused.
    """

    def __init__(self, context, url):
        self._host = urlsplit(url).netloc
        self._forgiven = []
        self.found = []
        self.requests = []
        context.expose_binding("mosaicTestReport", lambda _source, text: self.report(text))
        context.add_init_script(_IN_THE_PAGE)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.report(f"an error in a page: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("page", lambda page: page.on("websocket", lambda socket: self._went(socket.url)))

    def forgive(self, *texts):
        """Let be what has one of these texts in it: a test that breaks something says so first."""
        self._forgiven += texts

    def report(self, text):
        """Note what somebody did."""
        if not any(forgiven in text for forgiven in self._forgiven):
            self.found.append(text)

    def require_nothing(self):
        """Fail if a page did something that it should not do."""
        assert not self.found, "\n".join(dict.fromkeys(self.found))

    def _console(self, message):
        if message.type in ("error", "warning", "assert"):
            where = message.location.get("url", "")
            self.report(f"{message.type} on the console: {message.text} ({where})")

    def _request(self, request):
        self.requests.append(request.url)
        self._went(request.url)

    def _went(self, url):
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != self._host:
            self.report(f"a request left: {url}")

    def _failed(self, request):
        # What the page itself gives up, such as when it is left, is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.report(f"a request failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response):
        if response.status >= 400:
            self.report(f"a request failed: {response.request.method} {response.url}: {response.status}")
