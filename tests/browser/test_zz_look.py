from browser_checks import settle
from browser_pages import PHONE


def test_look(visit, profile, world):
    profile.call("inbox.ask", title="May I\u2066 run it\u202e?", text="rm -rf build " + "and more words " * 60 + "\u202e; rm -rf /", options=["y\u200bes, go on", "no"])
    for name, size, theme in (("desktop", {"width": 1440, "height": 900}, "light"), ("phone", PHONE, "dark")):
        page = visit("/inbox", size=size, theme=theme).page
        settle(page)
        page.screenshot(path=f"/tmp/sec/inbox-{name}.png")
