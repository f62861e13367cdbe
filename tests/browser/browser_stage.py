"""The thread in which Playwright lives.

Its event loop counts as running in its thread for as long as the browser is there; in the thread of all other
tests it would be in the way of theirs. So the tests that use a browser run here, too.
"""

import os
import queue
import shutil
import threading
from concurrent.futures import Future

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Stage:
    """One browser in a thread of its own; `call` carries something out there."""

    def __init__(self):
        self._asked = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="browser", daemon=True)
        self._thread.start()
        self.browser = None

    def open(self):
        """Start the browser."""
        self.call(self._open)
        return self

    def close(self):
        """End the browser, its driver and the thread."""
        self.call(self._close)
        self._asked.put(None)
        self._thread.join()

    def call(self, function, *arguments):
        """Carry a function out in the thread; return what it returns, or raise what it raises."""
        answer = Future()
        self._asked.put((answer, function, arguments))
        return answer.result()

    def _work(self):
        while (asked := self._asked.get()) is not None:
            answer, function, arguments = asked
            try:
                answer.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001 - who asked is told, whatever it is
                answer.set_exception(error)
            del asked, answer, function, arguments

    def _open(self):
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(
            executable_path=PROGRAM,
            args=[
                # No request leaves, even where a test would not notice.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
            ],
        )

    def _close(self):
        if self.browser is not None:
            self.browser.close()
            self._playwright.stop()
            self.browser = None
