"""A finger on a page: what the browser makes of its touches, scrolling included, as on a phone."""

from browser_checks import TWO_FRAMES


class Finger:
    """One finger on a page that was opened on a phone."""

    def __init__(self, page):
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._at = (0, 0)

    def down(self, x, y):
        """Put it down."""
        self._at = (x, y)
        self._touch("touchStart", self._at)

    def move(self, x, y, steps=8):
        """Move it there, without lifting it."""
        (from_x, from_y), self._at = self._at, (x, y)
        for step in range(1, steps + 1):
            part = step / steps
            self._touch("touchMove", (from_x + (x - from_x) * part, from_y + (y - from_y) * part))
        self._page.evaluate(TWO_FRAMES)

    def up(self):
        """Lift it."""
        self._touch("touchEnd")

    def _touch(self, kind, *points):
        touches = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
